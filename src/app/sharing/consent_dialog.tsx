import { useEffect, useRef } from 'preact/hooks'
import { LongName } from '../long_name'

/** Somebody whom a run would fetch its questions from. */
export interface ConsentRequest {
  readonly address: URL
  readonly answer: (yes: boolean) => void
}

/** Asks whether a run may fetch its questions from another server. Closing it is a no. */
export function ConsentDialog({ request }: { request: ConsentRequest }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const { address, answer } = request
  return (
    <dialog ref={dialog} aria-labelledby="consent-title" onClose={() => answer(false)}>
      <div class="stack share-body">
        <h2 id="consent-title">May this page ask {address.host}?</h2>
        <p>
          The questions of this run are a file on another server. Your browser would fetch{' '}
          <span class="share-address">
            <LongName>{address.href}</LongName>
          </span>
          ; that server sees your network address, and nothing of what you do here.
        </p>
        <div class="notice-actions">
          <button type="button" class="button button-primary" onClick={() => answer(true)}>
            Fetch it and start
          </button>
          <button type="button" class="button" onClick={() => answer(false)}>
            Cancel
          </button>
        </div>
      </div>
    </dialog>
  )
}
