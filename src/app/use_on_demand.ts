import { useEffect, useState } from 'preact/hooks'

/**
 * Code that the page does not begin with: loaded when it is first wanted, and kept. Null while it is not wanted, and until it has come.
 * @param onFailure is told why it does not come; it should want it no more
 */
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
