import { powerOfTwo } from '../exact_math'
import { groupAdvantages } from '../grpo/group_advantages'
import { TOKENS_PER_PASS } from './activations'
import { CpuAdapter } from './adapter'
import { ArrayTables } from './array_tables'
import type { BaseOptions, BaseParts } from './base'
import { MAX_ROWS } from './decode'
import { OrtHead } from './head'
import { LoopDecoder } from './loop_decoder'
import { decodeCost, memoryPlan, requireRoom } from './memory_plan'
import { ModelTensors } from './model_tensors'
import { packingLimits } from './packing'
import { repeatsOf } from './repeats'
import { Runtime } from './runtime'
import { Transformer } from './transformer'
import type { ModelSource } from './weight_source'

/** Tokens that rows are taken to have when room is asked for; longer ones are decoded fewer at a time. */
const USUAL_TOKENS = 1024

/**
 * A base on wasm: weights in arrays that every run reads, in f32 where there is room.
 * @throws ColloquyError `memory` where the model will not fit into wasm
 */
export async function createParts(model: ModelSource, options: BaseOptions): Promise<BaseParts> {
  const repeats = repeatsOf('wasm', model.config)
  const threads = repeats === 'exact' ? 1 : options.threads
  const runtime = await Runtime.create({ backend: 'wasm', threads })
  const lora = { rank: options.loraRank, alpha: options.loraAlpha }
  const tables = new ArrayTables(runtime)
  const tensors = await ModelTensors.load(runtime, model, lora, tables, 'f32')
  const use = { rows: MAX_ROWS, tokens: Math.min(model.config.maxPositions, USUAL_TOKENS), adapters: 1 }
  requireRoom(memoryPlan(tensors.plan, 'wasm', use), 'wasm', options.source)
  const transformer = await Transformer.create(runtime, tensors)
  const head = await OrtHead.create(runtime, model.config, tables.headMatrix())
  const decoding = await LoopDecoder.compile(runtime, tensors.plan)
  return {
    transformer,
    head,
    plan: tensors.plan,
    repeats,
    batchLimits: {
      tokensPerPass: TOKENS_PER_PASS.wasm / powerOfTwo(options.halvings ?? 0),
      ...packingLimits(model.config, tensors.plan.queryBlocks),
    },
    decodeCost: decodeCost('wasm', tensors.plan, options.halvings),
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
