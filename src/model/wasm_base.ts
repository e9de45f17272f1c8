import { powerOfTwo } from '../exact_math'
import { groupAdvantages } from '../grpo/group_advantages'
import { keeping } from '../scope'
import type { BaseOptions, BaseParts } from './base_parts'
import { decodeCost } from './decode/decode_cost'
import { LoopDecoder } from './decode/loop_decoder'
import { determinismOf } from './determinism'
import { memoryPlan, requireRoom } from './memory/memory_plan'
import { OrtHead } from './ort_head'
import { Runtime } from './runtime'
import { CpuAdapter, ZeroAdapter } from './train/adapter'
import { packingLimits } from './train/packing'
import { Transformer } from './transformer'
import { ArrayTables } from './weights/array_tables'
import { ModelTensors } from './weights/model_tensors'
import type { WeightSource } from './weights/weight_source'

/**
 * Tokens of the one row that every peer must have room for. `runMemory` checks a run's larger needs before
 * loading.
 */
const LEAST_TOKENS = 1024

/**
 * Creates a base on wasm: weights in arrays that every run reads, in f32 where there is room.
 * @throws ColloquyError `memory` where the model does not fit into wasm, and any error of reading the model.
 * Everything is freed before it throws.
 */
export function createParts(model: WeightSource, options: BaseOptions): Promise<BaseParts> {
  return keeping(async (scope) => {
    const determinism = determinismOf('wasm', model.config)
    const threads = determinism === 'exact' ? 1 : options.threads
    const runtime = scope.hold(await Runtime.create({ backend: 'wasm', threads }), (made) => made.close())
    const lora = { rank: options.loraRank, alpha: options.loraAlpha }
    const tables = new ArrayTables(runtime)
    const loaded = await ModelTensors.load(runtime, model, lora, tables, 'f32')
    const tensors = scope.hold(loaded, (held) => held.close())
    const tokens = Math.min(model.config.maxPositions, LEAST_TOKENS)
    const rows = { rows: 1, tokens, prompts: 1, promptTokens: tokens, trainedTokens: tokens }
    const least = { ...rows, adapters: 1, largestFile: 0 }
    requireRoom(memoryPlan(tensors.plan, 'wasm', least), 'wasm', options.source)
    const transformer = await Transformer.create(runtime, tensors)
    const head = await OrtHead.create(runtime, model.config, tables.headMatrix())
    const decoding = await LoopDecoder.compile(runtime, tensors.plan)
    return {
      transformer,
      head,
      plan: tensors.plan,
      determinism,
      batchLimits: {
        tokensPerPass: tensors.plan.tokensPerPass / powerOfTwo(options.halvings ?? 0),
        ...packingLimits(model.config, tensors.plan.queryBlocks),
      },
      decodeCost: decodeCost('wasm', tensors.plan, options.halvings),
      async attach(values, trains) {
        const adapter = trains
          ? new CpuAdapter(runtime, values)
          : new ZeroAdapter(values.map((zeros) => runtime.floats(zeros, [zeros.length])))
        return {
          adapter,
          decoder: new LoopDecoder(runtime, tensors, transformer, decoding, adapter.parameters),
        }
      },
      advantages: async (request) => groupAdvantages(request),
      close: () => scope.close(),
    }
  })
}
