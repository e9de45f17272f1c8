import { useState } from 'preact/hooks'
import { CAME_FROM_KEPT, type KeptPage, takeOver } from './kept_page'

/** A newer version, and what this way of opening the page leaves out. */
export function OfflineNotices({ page, over }: { readonly page: KeptPage; readonly over: boolean }) {
  return (
    <>
      {page.cleared ? <ClearedNotice over={over} /> : null}
      {page.newer === null ? null : <NewVersionNotice newer={page.newer} over={over} />}
      {crossOriginIsolated ? null : <IsolationNotice kept={page.kept} over={over} />}
    </>
  )
}

/** Never reloads by itself: a run may be under way, here or in another tab. */
function NewVersionNotice({ newer, over }: { readonly newer: ServiceWorker; readonly over: boolean }) {
  const [others, setOthers] = useState(0)
  return (
    <section class="notice notice-actionable" aria-label="New version">
      <p role="status">
        A new version of this page is there. {over ? null : 'You can reload when this run is over. '}
        {others === 0 ? null : 'Close this page’s other tabs first.'}
      </p>
      {over ? <ReloadButton onPress={async () => setOthers(await takeOver(newer))} /> : null}
    </section>
  )
}

/** The server may send no isolation headers: without the service worker, which did, the browser refuses this page new workers then. */
function ClearedNotice({ over }: { readonly over: boolean }) {
  return (
    <section class="notice notice-actionable" aria-label="Cleared data">
      <p role="status">
        All data of this site were cleared. Reload the page{over ? '' : ' when this run is over'}: until then
        it needs a network, and another run may not start.
      </p>
      {over ? <ReloadButton onPress={() => location.reload()} /> : null}
    </section>
  )
}

/** Without the two isolation headers there is no shared memory, and wasm runs on one thread. */
function IsolationNotice({ kept, over }: { readonly kept: boolean; readonly over: boolean }) {
  if (!isSecureContext)
    return (
      <section class="notice" aria-label="Speed">
        <p>
          This page came over plain http, so the browser leaves things out. Runs work, with the same results,
          but slower: one thread on wasm, no WebGPU. Models from elsewhere and opening the page without a
          network need https, or a page that this machine serves itself (localhost).
        </p>
      </section>
    )
  if (kept && !CAME_FROM_KEPT)
    return (
      <section class="notice notice-actionable" aria-label="Speed">
        <p>
          Reloaded once, this page computes faster: on several threads instead of one.
          {over ? null : ' You can reload when this run is over.'}
        </p>
        {over ? <ReloadButton onPress={() => location.reload()} /> : null}
      </section>
    )
  return (
    <section class="notice" aria-label="Speed">
      <p>
        This page was served without cross-origin isolation, so wasm has one thread and is slower. The server
        has to send <code>Cross-Origin-Opener-Policy: same-origin</code> and{' '}
        <code>Cross-Origin-Embedder-Policy: require-corp</code>.
      </p>
    </section>
  )
}

function ReloadButton({ onPress }: { readonly onPress: () => void }) {
  return (
    <button type="button" class="button" onClick={onPress}>
      Reload
    </button>
  )
}
