import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

interface OnFailure {
  /** Learns why the code did not come. */
  readonly onFailure: (error: unknown) => void
}

/** Returns a component whose code is loaded when it is first drawn, and kept; it draws nothing until then. */
export function onDemand<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let kept: ComponentType<Props> | null = null
  return function OnDemand({ onFailure, ...props }: Props & OnFailure) {
    const [Loaded, setLoaded] = useState(() => kept)
    useEffect(() => {
      if (Loaded !== null) return
      load().then((code) => {
        kept = code
        setLoaded(() => code)
      }, onFailure)
    }, [])
    return Loaded === null ? null : <Loaded {...(props as unknown as Props)} />
  }
}

/**
 * Returns what `ask` promises: null until it has come, and where it fails. Asks again when `inputs` change; the earlier answer
 * stays meanwhile, and where `ask` returns null.
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
