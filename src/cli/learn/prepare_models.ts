import { totalmem } from 'node:os'
import type { RunConfig } from '../../config/config'
import { requireRunRoom, shortageOf } from '../../ilr/memory/memory_room'
import { type Outlines, requireCompletionRoom, requireListeners } from '../../ilr/memory/run_tokens'
import { TERMINAL, type Terminal } from '../terminal'
import { getModels, planModels } from './get_models'
import { runMemoryText } from './memory_text'
import type { ModelOptions } from './model_options'

/**
 * Says what the run will take of memory, and then sees to it that its models are here.
 * @throws ColloquyError `config` or `memory` for a run that can surely not go well, before anything is downloaded; and as `planModels`
 *   and `getModels`
 */
export async function prepareModels(
  config: RunConfig,
  options: ModelOptions,
  terminal: Terminal = TERMINAL,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = await planModels(config.peers, options, signal)
  const outlines: Outlines = Object.fromEntries(
    config.peers.flatMap(({ id }, i) => {
      const { outline } = wanted[i]
      return outline === null ? [] : [[id, outline]]
    }),
  )
  terminal.out.write(runMemoryText(config, outlines))
  requireListeners(config, outlines)
  requireCompletionRoom(config, outlines)
  requireRunRoom(config, outlines)
  // What its GPU can is known to browsers only. f32 takes more than f16.
  const shortage = shortageOf(config, outlines, { memory: totalmem(), f16: false })
  if (shortage !== null) terminal.out.write(`warning: ${[shortage.what, ...shortage.lower].join('. ')}.\n`)
  await getModels(wanted, options, terminal, signal)
}
