import { useEffect, useState } from 'preact/hooks'

/** What looking at tokens takes. */
export type TokenParts = typeof import('./token_parts')

export interface TokenSwitch {
  readonly on: boolean
  /** Null while it is off, and until the code has come. */
  readonly parts: TokenParts | null
  toggle(): void
}

/** Whether the texts are looked at token by token. What that takes is loaded when it is asked for. */
export function useTokenSwitch(onError: (error: unknown) => void): TokenSwitch {
  const [on, setOn] = useState(false)
  const [loaded, setLoaded] = useState<TokenParts | null>(null)
  useEffect(() => {
    if (!on || loaded !== null) return
    import('./token_parts').then(setLoaded, (error) => {
      setOn(false)
      onError(error)
    })
  }, [on, loaded, onError])
  return { on, parts: on ? loaded : null, toggle: () => setOn(!on) }
}
