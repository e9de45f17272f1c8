import { useEffect, useState } from 'preact/hooks'

/** Code that is loaded when it is first wanted, and kept; null while it is not wanted, and until it has come. */
export function useOnDemand<Code>(
  wanted: boolean,
  load: () => Promise<Code>,
  onFailure: (error: unknown) => void,
): Code | null {
  const [loaded, setLoaded] = useState<{ readonly code: Code } | null>(null)
  useEffect(() => {
    if (wanted && loaded === null) load().then((code) => setLoaded({ code }), onFailure)
  }, [wanted])
  return wanted && loaded !== null ? loaded.code : null
}

/**
 * What `ask` promises: null until it has come, and where it fails. Asked again when `inputs` change; the earlier answer stays
 * meanwhile, and where `ask` returns null.
 */
export function useAnswer<Answer>(
  ask: () => Promise<Answer> | null,
  inputs: readonly unknown[],
): Answer | null {
  const [answer, setAnswer] = useState<Answer | null>(null)
  useEffect(() => {
    let current = true
    ask()?.then(
      (found) => current && setAnswer(() => found),
      () => current && setAnswer(null),
    )
    return () => {
      current = false
    }
  }, inputs)
  return answer
}

/**
 * A dialog that is open while `request` is not null. Its code comes when it is first asked for: until then `Dialog` is null.
 * @param onError learns why the code did not come; the dialog is then closed
 */
export function useDialog<Request, Dialog>(load: () => Promise<Dialog>, onError: (error: unknown) => void) {
  const [request, setRequest] = useState<Request | null>(null)
  const Dialog = useOnDemand(request !== null, load, (error) => {
    setRequest(null)
    onError(error)
  })
  return { request, Dialog, ask: setRequest, close: () => setRequest(null) }
}
