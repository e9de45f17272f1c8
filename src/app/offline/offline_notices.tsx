import { useState } from 'preact/hooks'
import { Button } from '../controls'
import { CAME_FROM_KEPT, type KeptPage, takeOver } from './kept_page'

interface Props {
  readonly page: KeptPage
  /** Whether no run is on: only then the page offers to reload. It never reloads by itself, since another tab may have a run, too. */
  readonly over: boolean
}

/** A newer version, and what this way of opening the page leaves out. */
export function OfflineNotices({ page, over }: Props) {
  const [others, setOthers] = useState(0)
  const { cleared, newer } = page
  const reload = <Button onClick={() => location.reload()}>Reload</Button>
  return (
    <>
      {/* Without the service worker, which sent isolation headers, the browser may refuse this page new workers. */}
      {cleared ? (
        <section class="notice notice-actionable" aria-label="Cleared data">
          <p role="status">
            All data of this site were cleared. Reload the page{over ? '' : ' when this run is over'}: until
            then it needs a network, and another run may not start.
          </p>
          {over ? reload : null}
        </section>
      ) : null}
      {newer === null ? null : (
        <section class="notice notice-actionable" aria-label="New version">
          <p role="status">
            A new version of this page is there. {over ? null : 'You can reload when this run is over. '}
            {others === 0 ? null : 'Close this page’s other tabs first.'}
          </p>
          {over ? <Button onClick={async () => setOthers(await takeOver(newer))}>Reload</Button> : null}
        </section>
      )}
      {crossOriginIsolated ? null : (
        <section class="notice notice-actionable" aria-label="Speed">
          {slowReason(page, over)}
          {over && isFasterReloaded(page) ? reload : null}
        </section>
      )}
    </>
  )
}

/** A page that came from the service worker has its isolation headers. */
function isFasterReloaded({ kept }: KeptPage): boolean {
  return isSecureContext && kept && !CAME_FROM_KEPT
}

/** Without the two isolation headers there is no shared memory, and wasm runs on one thread. */
function slowReason(page: KeptPage, over: boolean) {
  if (!isSecureContext)
    return (
      <p>
        This page came over plain http, so the browser leaves things out. Runs work, with the same results,
        but slower: one thread on wasm, no WebGPU. Models from elsewhere and opening the page without a
        network need https, or a page that this machine serves itself (localhost).
      </p>
    )
  if (isFasterReloaded(page))
    return (
      <p>
        Reloaded once, this page computes faster: on several threads instead of one.
        {over ? null : ' You can reload when this run is over.'}
      </p>
    )
  return (
    <p>
      This page was served without cross-origin isolation, so wasm has one thread and is slower. The server
      has to send <code>Cross-Origin-Opener-Policy: same-origin</code> and{' '}
      <code>Cross-Origin-Embedder-Policy: require-corp</code>.
    </p>
  )
}
