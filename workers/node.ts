import { fileURLToPath } from 'node:url'
import type { RunConfig } from '../src/config/config'
import type { ModelPlaces } from '../src/hub/source'
import type { Run } from '../src/ilr/run'
import { openThread } from './node/node_worker'
import { followRun } from './run_client'
import type { RunTransfer } from './run_host'

/**
 * Starts a run in worker threads of this process, on `cores` cores or all there are. Model folders are found in the project, other
 * models at `places`; nothing is kept. `transfer` says what it goes on from, and what it tells when it is over.
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
