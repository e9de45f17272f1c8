import type { ComponentChildren } from 'preact'
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
  const { kept, cleared, newer } = page
  // A page that came from the service worker has its isolation headers.
  const isFasterReloaded = isSecureContext && kept && !CAME_FROM_KEPT
  const whenOver = over ? null : ' You can reload when this run is over.'
  const reload = over ? () => location.reload() : null
  return (
    <>
      {/* Without the service worker, which sent isolation headers, the browser may refuse this page new workers. */}
      {cleared ? (
        <Notice label="Cleared data" role="status" onReload={reload}>
          All data of this site were cleared. Reload the page{over ? '' : ' when this run is over'}: until
          then it needs a network, and another run may not start.
        </Notice>
      ) : null}
      {newer === null ? null : (
        <Notice
          label="New version"
          role="status"
          onReload={over ? async () => setOthers(await takeOver(newer)) : null}
        >
          A new version of this page is there.{whenOver}
          {others === 0 ? null : ' Close this page’s other tabs first.'}
        </Notice>
      )}
      {/* Without the two isolation headers there is no shared memory, and wasm runs on one thread. */}
      {crossOriginIsolated ? null : (
        <Notice label="Speed" onReload={isFasterReloaded ? reload : null}>
          {!isSecureContext ? (
            'This page came over plain http, so the browser leaves things out. Runs work, with the same results, but slower: one thread on wasm, no WebGPU. Models from elsewhere and opening the page without a network need https, or a page that this machine serves itself (localhost).'
          ) : isFasterReloaded ? (
            <>Reloaded once, this page computes faster: on several threads instead of one.{whenOver}</>
          ) : (
            <>
              This page was served without cross-origin isolation, so wasm has one thread and is slower. The
              server has to send <code>Cross-Origin-Opener-Policy: same-origin</code> and{' '}
              <code>Cross-Origin-Embedder-Policy: require-corp</code>.
            </>
          )}
        </Notice>
      )}
    </>
  )
}

interface NoticeProps {
  readonly label: string
  readonly role?: 'status'
  /** Null where reloading is of no use now. */
  readonly onReload: (() => void) | null
  readonly children: ComponentChildren
}

function Notice({ label, role, onReload, children }: NoticeProps) {
  return (
    <section class="notice row" aria-label={label}>
      <p role={role}>{children}</p>
      {onReload === null ? null : <Button onClick={onReload}>Reload</Button>}
    </section>
  )
}
