import { useMemo, useState } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import { type Verdict, verdictOf } from '../../runs/reproduction'
import type { SharedRun } from '../../runs/shared_run'
import type { Engine } from '../engine'
import type { ViewState } from '../state'

/** How a run on this page compares with the one that was shared. */
export interface Reproduction {
  /** Null where there is nothing to compare: no such run, or a link without a result. */
  readonly verdict: Verdict | null
  /** Peers whose model is another one than where it was shared. */
  readonly changed: readonly string[]
}

/** Whether a run is that of the link: a run is decided by its configuration. Both were read by the schema, which orders them. */
export function isSharedRun(shared: SharedRun | null, config: RunConfig | null): shared is SharedRun {
  return shared !== null && config !== null && JSON.stringify(shared.config) === JSON.stringify(config)
}

/** Follows the run on the page, where it is the shared one. `look` is to be called when such a run starts. */
export function useReproduction(
  engine: Engine,
  shared: SharedRun | null,
  { config, steps }: Pick<ViewState, 'config' | 'steps'>,
): Reproduction & { look(places: Parameters<Engine['stamps']>[1]): Promise<void> } {
  const [looked, setLooked] = useState<{ of: SharedRun; changed: readonly string[] } | null>(null)
  const verdict = useMemo(
    () =>
      isSharedRun(shared, config) && shared.result !== null
        ? verdictOf(shared.result, steps, shared.drifted)
        : null,
    [shared, config, steps],
  )
  return {
    verdict,
    changed: looked !== null && looked.of === shared ? looked.changed : [],
    async look(places) {
      if (shared === null) return
      const here = await engine.stamps(shared.config.peers, places)
      const { changedModels } = await import('../../runs/shared_run')
      setLooked({ of: shared, changed: changedModels(shared, here) })
    },
  }
}
