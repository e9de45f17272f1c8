import { useRef, useState } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import { questionsElsewhere } from '../../runs/shared_sources'
import { Button, Dialog } from '../controls'
import { LongName } from '../parts'

interface ConsentRequest {
  readonly address: URL
  readonly answer: (yes: boolean) => void
}

export type Consent = ReturnType<typeof useConsent>

/** Keeps the visitor's consent to servers of questions. Models have a consent of their own, to their size. */
export function useConsent() {
  const origins = useRef(new Set([location.origin]))
  const [request, setRequest] = useState<ConsentRequest | null>(null)
  return {
    request,
    /** Returns whether this run may fetch its questions; asks the visitor once a visit for each server. */
    async agreed(config: RunConfig): Promise<boolean> {
      const address = questionsElsewhere(config)
      if (address === null || origins.current.has(address.origin)) return true
      const yes = await new Promise<boolean>((answer) => setRequest({ address, answer }))
      setRequest(null)
      if (yes) origins.current.add(address.origin)
      return yes
    },
  }
}

/** Asks whether a run may fetch its questions from another server. Closing it is a no. */
export function ConsentDialog({ address, answer }: ConsentRequest) {
  return (
    <Dialog kind="share" title={`May this page ask ${address.host}?`} onClose={() => answer(false)}>
      <p>
        The questions of this run are a file on another server. Your browser would fetch{' '}
        <code>
          <LongName>{address.href}</LongName>
        </code>
        ; that server sees your network address, and nothing of what you do here.
      </p>
      <div class="row">
        <Button primary onClick={() => answer(true)}>
          Fetch it and start
        </Button>
        <Button onClick={() => answer(false)}>Cancel</Button>
      </div>
    </Dialog>
  )
}
