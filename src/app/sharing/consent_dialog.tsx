import { Button, Dialog } from '../controls'
import { LongName } from '../long_name'

/** A server from which a run would fetch its questions. */
export interface ConsentRequest {
  readonly address: URL
  readonly answer: (yes: boolean) => void
}

/** Asks whether a run may fetch its questions from another server. Closing it is a no. */
export function ConsentDialog({ request: { address, answer } }: { request: ConsentRequest }) {
  return (
    <Dialog kind="share" title={`May this page ask ${address.host}?`} onClose={() => answer(false)}>
      <p>
        The questions of this run are a file on another server. Your browser would fetch{' '}
        <span class="share-address">
          <LongName>{address.href}</LongName>
        </span>
        ; that server sees your network address, and nothing of what you do here.
      </p>
      <div class="notice-actions">
        <Button primary onClick={() => answer(true)}>
          Fetch it and start
        </Button>
        <Button onClick={() => answer(false)}>Cancel</Button>
      </div>
    </Dialog>
  )
}
