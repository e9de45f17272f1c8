import { useState } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import type { SharedResult } from '../../runs/reproduction'
import { useOnDemand } from '../use_on_demand'

export interface ShareRequest {
  readonly config: RunConfig
  /** Null where there is no run of this configuration, or it has made no step. */
  readonly result: SharedResult | null
}

/** The share dialog: what is to be shared, and its code once it has come. */
export function useShare(onError: (error: unknown) => void) {
  const [request, setRequest] = useState<ShareRequest | null>(null)
  const code = useOnDemand(
    request !== null,
    () => import('./share_dialog'),
    (error) => {
      setRequest(null)
      onError(error)
    },
  )
  return {
    request,
    Dialog: code?.ShareDialog ?? null,
    ask: setRequest,
    close: () => setRequest(null),
  }
}
