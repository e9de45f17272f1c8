import { useRef, useState } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import { questionsElsewhere } from '../../runs/shared_sources'

/** Somebody whom a run would fetch its questions from. */
export interface ConsentRequest {
  readonly address: URL
  readonly answer: (yes: boolean) => void
}

type Dialog = typeof import('./consent_dialog').ConsentDialog

export interface Consent {
  /** What is being asked, or null. */
  readonly request: ConsentRequest | null
  /** What asks it, there with the request. */
  readonly Dialog: Dialog | null
  /** Whether this run may fetch its questions; asks the visitor where nobody has, once a visit for every server. */
  agreed(config: RunConfig): Promise<boolean>
}

/** The visitor's yes to servers of questions. Models have a yes of their own, to their size. */
export function useConsent(): Consent {
  const origins = useRef(new Set([location.origin]))
  const [request, setRequest] = useState<ConsentRequest | null>(null)
  const [loaded, setLoaded] = useState<{ Dialog: Dialog } | null>(null)
  return {
    request,
    Dialog: loaded === null ? null : loaded.Dialog,
    async agreed(config) {
      const address = questionsElsewhere(config)
      if (address === null || origins.current.has(address.origin)) return true
      const { ConsentDialog } = await import('./consent_dialog')
      setLoaded({ Dialog: ConsentDialog })
      const yes = await new Promise<boolean>((answer) => setRequest({ address, answer }))
      setRequest(null)
      if (yes) origins.current.add(address.origin)
      return yes
    },
  }
}
