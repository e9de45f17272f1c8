import { groupAdvantages } from '../grpo/group_advantages'
import { TOKENS_PER_PASS } from './activations'
import { CpuAdapter } from './adapter'
import type { BaseOptions, BaseParts } from './base'
import type { ModelFolder } from './folder'
import { OrtHead } from './head'
import { LoopDecoder } from './loop_decoder'
import { ModelTensors } from './model_tensors'
import { packingLimits } from './packing'
import { Runtime } from './runtime'
import { Transformer } from './transformer'

/** A base on wasm: f32 weights in arrays that every run reads. */
export async function createParts(folder: ModelFolder, options: BaseOptions): Promise<BaseParts> {
  const runtime = await Runtime.create({ backend: 'wasm', threads: options.threads })
  const lora = { rank: options.loraRank, alpha: options.loraAlpha }
  const tensors = ModelTensors.upload(runtime, folder.config, folder.weights, lora)
  if (!tensors.head) throw new TypeError('on wasm the head is a tensor')
  const transformer = await Transformer.create(runtime, tensors)
  const head = await OrtHead.create(runtime, folder.config, await runtime.read(tensors.head))
  const decoding = await LoopDecoder.compile(runtime, tensors.plan)
  return {
    transformer,
    head,
    batchLimits: {
      tokensPerPass: TOKENS_PER_PASS.wasm,
      ...packingLimits(folder.config, tensors.plan.queryBlocks),
    },
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
