import { useEffect, useState } from 'preact/hooks'
import type { ModelPlaces } from '../../hub/places'
import type { RunConfig } from '../../runs/config'
import type { RunEstimate } from './run_estimate'

/**
 * The estimate of a run, once there is one; that of before while it changes.
 * @param config null where the settings make none; another object asks anew
 * @param occasion another value asks anew: more may be known by then
 */
export function useRunEstimate(
  config: RunConfig | null,
  places: ModelPlaces,
  occasion: unknown,
): RunEstimate | null {
  const [estimate, setEstimate] = useState<RunEstimate | null>(null)
  useEffect(() => {
    if (config === null) return
    let current = true
    import('./run_estimate')
      .then(({ estimateOf }) => estimateOf(config, places))
      .then(
        (found) => current && setEstimate(found),
        // Sources that are none are told where the run starts.
        () => current && setEstimate(null),
      )
    return () => {
      current = false
    }
  }, [config, places, occasion])
  return estimate
}
