import { ColloquyError } from '../errors'
import { powerOfTwo } from '../exact_math'
import { tuneHead } from '../gpu/autotune'
import { type Gpu, requestGpu } from '../gpu/device'
import { groupAdvantagesOnGpu } from '../gpu/group_advantages'
import { uploadHead } from '../gpu/head'
import { TOKENS_PER_PASS } from './activations'
import type { BaseOptions, BaseParts } from './base'
import type { ModelFolder } from './folder'
import { GpuAdapter } from './gpu_adapter'
import { KernelHead } from './gpu_head'
import { decodeCost } from './memory_plan'
import { ModelTensors } from './model_tensors'
import { packingLimits } from './packing'
import { repeatsOf } from './repeats'
import { Runtime } from './runtime'
import { StepDecoder } from './step_decoder'
import { Transformer } from './transformer'

/**
 * A base on a GPU device of its own, shared by ORT and our kernels.
 * @throws ColloquyError `backend` without WebGPU, `memory` where the device runs out, `limit` where it is too small
 */
export async function createParts(folder: ModelFolder, options: BaseOptions): Promise<BaseParts> {
  const gpu = await requestGpu()
  try {
    return await partsOn(gpu, folder, options)
  } catch (error) {
    gpu.device.destroy()
    throw error
  }
}

async function partsOn(gpu: Gpu, folder: ModelFolder, options: BaseOptions): Promise<BaseParts> {
  gpu.device.pushErrorScope('out-of-memory')
  const runtime = await Runtime.create({ backend: 'webgpu', threads: 1, gpu })
  const lora = { rank: options.loraRank, alpha: options.loraAlpha }
  const tensors = ModelTensors.upload(runtime, folder.config, folder.weights, lora)
  const uploaded = uploadHead(gpu, 'lm_head', folder.weights.head)
  const weights = await tuneHead(gpu, uploaded, options.variantStore ?? null)
  const transformer = await Transformer.create(runtime, tensors)
  const decoding = await StepDecoder.compile(runtime, tensors.plan)
  const head = new KernelHead(gpu, runtime, weights)
  const shortage = await gpu.device.popErrorScope()
  if (shortage) throw memoryError(options.source, 'the weights', shortage)
  return {
    transformer,
    head,
    plan: tensors.plan,
    repeats: repeatsOf('webgpu', folder.weights),
    batchLimits: {
      tokensPerPass: TOKENS_PER_PASS.webgpu / powerOfTwo(options.halvings ?? 0),
      ...packingLimits(folder.config, tensors.plan.queryBlocks),
    },
    decodeCost: decodeCost('webgpu', folder.config, options.halvings),
    async attach(values) {
      // A device has one stack of error scopes, and other engines may be at work: nothing is awaited in between.
      gpu.device.pushErrorScope('out-of-memory')
      let adapter: GpuAdapter
      let scope: Promise<GPUError | null>
      try {
        adapter = new GpuAdapter(gpu, runtime, values)
      } finally {
        scope = gpu.device.popErrorScope()
      }
      const shortage = await scope
      if (shortage) {
        adapter.close()
        throw memoryError(options.source, 'an adapter', shortage)
      }
      return {
        adapter,
        decoder: new StepDecoder(gpu, runtime, tensors, transformer, weights, decoding, adapter.parameters),
      }
    },
    advantages: (request) => groupAdvantagesOnGpu(gpu, request),
    async close() {
      head.close()
      tensors.close()
      await runtime.close()
      gpu.buffers.trim()
      gpu.device.destroy()
    },
  }
}

function memoryError(source: string, what: string, shortage: GPUError): ColloquyError {
  return new ColloquyError({
    code: 'memory',
    what: `${source} on WebGPU`,
    found: shortage.message,
    wanted: `room on the device for ${what}`,
    todo: 'Close other pages that use the GPU, choose a smaller peer, or the wasm backend',
  })
}
