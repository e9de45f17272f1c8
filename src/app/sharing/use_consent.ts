import { useRef } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import { questionsElsewhere } from '../../runs/shared_sources'
import { type OnDemandDialog, useDialog } from '../use_on_demand'
import type { ConsentDialog, ConsentRequest } from './consent_dialog'

export interface Consent {
  readonly dialog: OnDemandDialog<ConsentRequest, typeof ConsentDialog>
  /** Whether this run may fetch its questions; asks the visitor where nobody has, once a visit for every server. */
  agreed(config: RunConfig): Promise<boolean>
}

/** The visitor's yes to servers of questions. Models have a yes of their own, to their size. */
export function useConsent(onError: (error: unknown) => void): Consent {
  const origins = useRef(new Set([location.origin]))
  const load = async () => (await import('./consent_dialog')).ConsentDialog
  const dialog = useDialog<ConsentRequest, typeof ConsentDialog>(load, onError)
  return {
    dialog,
    async agreed(config) {
      const address = questionsElsewhere(config)
      if (address === null || origins.current.has(address.origin)) return true
      const yes = await new Promise<boolean>((answer) => dialog.ask({ address, answer }))
      dialog.close()
      if (yes) origins.current.add(address.origin)
      return yes
    },
  }
}
