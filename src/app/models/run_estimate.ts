/** What a run takes of memory, for showing. Loaded when it is first wanted. */
import { adapterHasF16 } from '../../gpu/device'
import type { ModelPlaces } from '../../hub/places'
import { requireListeners } from '../../ilr/listening'
import { requireRunRoom, type Shortage, shortageOf } from '../../ilr/memory_room'
import { type Outlines, type RunMemory, runMemory } from '../../ilr/run_memory'
import type { RunConfig } from '../../runs/config'
import { outlinesOf } from './outlines'

export interface RunEstimate {
  /** What is known of the models, by the peers' ids. */
  readonly outlines: Outlines
  readonly memory: RunMemory
  readonly shortage: Shortage | null
}

/** @param more what is known besides, e.g. of a model that is being looked at */
export async function estimateOf(
  config: RunConfig,
  places: ModelPlaces,
  more: Outlines = {},
): Promise<RunEstimate> {
  const outlines = { ...(await outlinesOf(config.peers, places)), ...more }
  const f16 = config.backend === 'webgpu' && (await adapterHasF16())
  return {
    outlines,
    memory: runMemory(config, outlines, f16),
    shortage: shortageOf(config, outlines, { memory: machineMemory(), f16 }),
  }
}

/** @throws ColloquyError `config` or `memory` for a run that can surely not go well */
export async function requireGoodRun(config: RunConfig, places: ModelPlaces): Promise<void> {
  const outlines = await outlinesOf(config.peers, places)
  requireListeners(config, outlines)
  requireRunRoom(config, outlines)
}

/** What browsers say at most, in GiB: a machine that has more says the same. */
const MOST_TOLD = 8

/** Bytes of memory of this machine, where the browser tells. */
function machineMemory(): number | null {
  const { deviceMemory } = navigator as Navigator & { deviceMemory?: number }
  return deviceMemory === undefined || deviceMemory >= MOST_TOLD ? null : deviceMemory * 2 ** 30
}
