import { useState } from 'preact/hooks'
import { useOnDemand } from '../use_on_demand'

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
  const parts = useOnDemand(
    on,
    () => import('./token_parts'),
    (error) => {
      setOn(false)
      onError(error)
    },
  )
  return { on, parts, toggle: () => setOn(!on) }
}
