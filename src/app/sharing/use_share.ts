import { useEffect, useState } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import type { SharedResult } from '../../runs/reproduction'

type Dialog = typeof import('./share_dialog').ShareDialog

export interface ShareRequest {
  readonly config: RunConfig
  /** Null where there is no run of this configuration, or it has made no step. */
  readonly result: SharedResult | null
}

/** The share dialog: what is to be shared, and its code once it has come. */
export function useShare(onError: (error: unknown) => void) {
  const [request, setRequest] = useState<ShareRequest | null>(null)
  const [loaded, setLoaded] = useState<{ Dialog: Dialog } | null>(null)
  useEffect(() => {
    if (request === null || loaded !== null) return
    import('./share_dialog').then(
      ({ ShareDialog }) => setLoaded({ Dialog: ShareDialog }),
      (error) => {
        setRequest(null)
        onError(error)
      },
    )
  }, [request, loaded, onError])
  return {
    request,
    Dialog: request === null || loaded === null ? null : loaded.Dialog,
    ask: setRequest,
    close: () => setRequest(null),
  }
}
