import { fileURLToPath } from 'node:url'
import type { RunConfig } from '../src/config/config'
import type { ModelPlaces } from '../src/hub/source'
import type { Run } from '../src/ilr/run'
import { openThread } from './node/node_worker'
import { followRun } from './run_client'
import type { RunTransfer } from './run_host'

/**
 * Starts a run in worker threads of this process, on `cores` cores or all of them. Model folders lie in the
 * project, other models at `places`. Checkpoints are lost with the run. `transfer` says what it continues
 * from and what it exports at its end.
 */
export function startRun(
  config: RunConfig,
  cores?: number,
  places?: ModelPlaces,
  transfer: RunTransfer = {},
): Run {
  return followRun(openThread(new URL('./run.node.ts', import.meta.url)), {
    config,
    base: fileURLToPath(new URL('..', import.meta.url)),
    resume: false,
    cores,
    places,
    ...transfer,
  })
}
