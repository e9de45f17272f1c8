import { powerOfTwo } from '../exact_math'
import { groupAdvantages } from '../grpo/group_advantages'
import { TOKENS_PER_PASS } from './activations'
import { CpuAdapter } from './adapter'
import type { BaseOptions, BaseParts } from './base'
import { MAX_ROWS } from './decode'
import type { ModelFolder } from './folder'
import { OrtHead } from './head'
import { LoopDecoder } from './loop_decoder'
import { decodeCost, memoryPlan, requireRoom } from './memory_plan'
import { ModelTensors, weightsFor } from './model_tensors'
import { packingLimits } from './packing'
import { repeatsOf } from './repeats'
import { Runtime } from './runtime'
import { Transformer } from './transformer'

/** Tokens that rows are taken to have when room is asked for; longer ones are decoded fewer at a time. */
const USUAL_TOKENS = 1024

/**
 * A base on wasm: weights in arrays that every run reads, in f32 where there is room.
 * @throws ColloquyError `memory` where the model will not fit into wasm
 */
export async function createParts(folder: ModelFolder, options: BaseOptions): Promise<BaseParts> {
  const weights = weightsFor('wasm', folder.weights)
  const repeats = repeatsOf('wasm', weights)
  const runtime = await Runtime.create({
    backend: 'wasm',
    threads: repeats === 'exact' ? 1 : options.threads,
  })
  const lora = { rank: options.loraRank, alpha: options.loraAlpha }
  const tensors = ModelTensors.upload(runtime, folder.config, weights, lora)
  const use = { rows: MAX_ROWS, tokens: Math.min(folder.config.maxPositions, USUAL_TOKENS), adapters: 1 }
  requireRoom(memoryPlan(tensors.plan, 'wasm', use), 'wasm', options.source)
  const transformer = await Transformer.create(runtime, tensors)
  const head = await OrtHead.create(runtime, folder.config, weights.head)
  const decoding = await LoopDecoder.compile(runtime, tensors.plan)
  return {
    transformer,
    head,
    plan: tensors.plan,
    repeats,
    batchLimits: {
      tokensPerPass: TOKENS_PER_PASS.wasm / powerOfTwo(options.halvings ?? 0),
      ...packingLimits(folder.config, tensors.plan.queryBlocks),
    },
    decodeCost: decodeCost('wasm', folder.config, options.halvings),
    async attach(values) {
      const adapter = new CpuAdapter(runtime, values)
      return {
        adapter,
        decoder: new LoopDecoder(runtime, tensors, transformer, decoding, adapter.parameters),
      }
    },
    advantages: async (request) => groupAdvantages(request),
    async close() {
      head.close()
      tensors.close()
      await runtime.close()
    },
  }
}
