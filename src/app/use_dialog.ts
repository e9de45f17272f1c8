import { useState } from 'preact/hooks'
import { useOnDemand } from './use_on_demand'

/** A dialog that is open while somebody asks for it, and whose code comes when it is first asked for. */
export interface OnDemandDialog<Request, Dialog> {
  /** Null while it is closed. */
  readonly request: Request | null
  /** Null while it is closed, and until its code has come. */
  readonly Dialog: Dialog | null
  ask(request: Request): void
  close(): void
}

/** @param onError learns why the code did not come; the dialog is then closed */
export function useDialog<Request, Dialog>(
  load: () => Promise<Dialog>,
  onError: (error: unknown) => void,
): OnDemandDialog<Request, Dialog> {
  const [request, setRequest] = useState<Request | null>(null)
  const Dialog = useOnDemand(request !== null, load, (error) => {
    setRequest(null)
    onError(error)
  })
  return { request, Dialog, ask: setRequest, close: () => setRequest(null) }
}
