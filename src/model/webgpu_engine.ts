import { ColloquyError } from '../errors'
import { requestGpu } from '../gpu/device'
import { groupAdvantagesOnGpu } from '../gpu/group_advantages'
import { uploadHead } from '../gpu/head'
import { type Engine, type EngineOptions, startingLora } from './engine'
import type { ModelFolder } from './folder'
import { GpuAdapter } from './gpu_adapter'
import { KernelHead } from './gpu_head'
import { ModelTensors } from './model_tensors'
import { Policy } from './policy'
import { Runtime } from './runtime'
import { StepDecoder } from './step_decoder'
import { Transformer } from './transformer'

/** Tokens per training pass, padding included: bounds the activations of a layer. */
const TOKENS_PER_PASS = 2048

/**
 * A peer's engine on a GPU device of its own, shared by ORT and our kernels.
 * @throws ColloquyError `backend` without WebGPU, `memory` where the device runs out, `limit` where it is too small
 */
export async function webgpuEngine(folder: ModelFolder, options: EngineOptions): Promise<Engine> {
  const gpu = await requestGpu()
  gpu.device.pushErrorScope('out-of-memory')
  const runtime = await Runtime.create({ backend: 'webgpu', threads: 1, gpu })
  const lora = { rank: options.loraRank, alpha: options.loraAlpha }
  const tensors = ModelTensors.upload(runtime, folder.config, folder.weights, lora)
  const adapter = new GpuAdapter(gpu, runtime, startingLora(folder, options))
  const weights = uploadHead(gpu, 'lm_head', folder.weights.head)
  const transformer = await Transformer.create(runtime, tensors)
  const decoder = await StepDecoder.create(gpu, runtime, tensors, transformer, weights, adapter.parameters)
  const head = new KernelHead(gpu, runtime, weights)
  const shortage = await gpu.device.popErrorScope()
  if (shortage)
    throw new ColloquyError({
      code: 'memory',
      what: `${options.source} on WebGPU`,
      found: shortage.message,
      wanted: 'room on the device for weights and adapter',
      todo: 'Close other pages that use the GPU, choose a smaller peer, or the wasm backend',
    })
  return {
    policy: new Policy({ transformer, decoder, head, adapter, tokensPerPass: TOKENS_PER_PASS }),
    advantages: (request) => groupAdvantagesOnGpu(gpu, request),
    state: () => adapter.state(),
    restore: (state) => adapter.restore(state),
    close: async () => {
      adapter.close()
      head.close()
      tensors.close()
      await runtime.close()
      gpu.buffers.trim()
      gpu.device.destroy()
    },
  }
}
