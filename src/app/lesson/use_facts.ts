import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Recording } from '../../runs/recording'
import type { ViewState } from '../state'
import type { PinnedStep } from '../steps/use_pinned_step'
import { type Facts, factsAt, factsOf } from './facts'

/**
 * What the lesson may say in numbers: of the run in view, of its pinned step or the latest finished one; before there is one, of the
 * recorded run. Null until that is there, or where it cannot be had.
 * @param recorded whether a recording is in view
 */
export function useFacts(
  recording: () => Promise<Recording>,
  { config, exchanges, steps, evals }: ViewState,
  recorded: boolean,
  pinned: PinnedStep | null,
): Facts | null {
  const [fallback, setFallback] = useState<Facts | null>(null)
  useEffect(() => {
    let current = true
    recording().then(
      (found) => current && setFallback(factsAt('end', found, true)),
      // The lesson does without numbers.
      () => undefined,
    )
    return () => {
      current = false
    }
  }, [recording])
  // Tokens come many times a second, these once a step.
  const found = useMemo(
    () => factsOf({ config, exchanges, steps, evals }, recorded, pinned),
    [config, exchanges, steps, evals, recorded, pinned],
  )
  return found ?? fallback
}
