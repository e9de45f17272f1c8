import { ColloquyError } from '../errors'
import { powerOfTwo } from '../exact_math'
import { tuneHead } from '../gpu/autotune'
import { type Gpu, requestGpu } from '../gpu/device'
import { groupAdvantagesOnGpu } from '../gpu/group_advantages'
import type { BaseOptions, BaseParts } from './base'
import { decodeCost } from './decode_cost'
import { allowsF16 } from './dtypes'
import { GpuAdapter } from './gpu_adapter'
import { KernelHead } from './gpu_head'
import { KernelTables } from './kernel_tables'
import { ModelTensors } from './model_tensors'
import { packingLimits } from './packing'
import { repeatsOf } from './repeats'
import { Runtime } from './runtime'
import { StepDecoder } from './step_decoder'
import { Transformer } from './transformer'
import type { ModelSource } from './weight_source'

/**
 * A base on a GPU device of its own, shared by ORT and our kernels.
 * @throws ColloquyError `backend` without WebGPU, `memory` where the device runs out, `limit` where it is too small, and what reading
 *   the model throws; the device is given back then, with all that is on it
 */
export async function createParts(model: ModelSource, options: BaseOptions): Promise<BaseParts> {
  const gpu = await requestGpu()
  try {
    const runtime = await Runtime.create({ backend: 'webgpu', threads: 1, gpu })
    try {
      return await partsOn(gpu, runtime, model, options)
    } catch (error) {
      await runtime.close()
      throw error
    }
  } catch (error) {
    gpu.device.destroy()
    throw error
  }
}

async function partsOn(
  gpu: Gpu,
  runtime: Runtime,
  model: ModelSource,
  options: BaseOptions,
): Promise<BaseParts> {
  gpu.device.pushErrorScope('out-of-memory')
  const lora = { rank: options.loraRank, alpha: options.loraAlpha }
  const tables = new KernelTables(gpu, runtime)
  const activations = gpu.f16 && allowsF16(options.dtype) ? 'f16' : 'f32'
  const tensors = await ModelTensors.load(runtime, model, lora, tables, activations)
  const weights = await tuneHead(gpu, tables.takeHead(), options.variantStore ?? null)
  const transformer = await Transformer.create(runtime, tensors)
  const decoding = await StepDecoder.compile(runtime, tensors.plan)
  const head = new KernelHead(gpu, runtime, weights)
  const shortage = await gpu.device.popErrorScope()
  if (shortage) throw memoryError(options.source, 'the weights', shortage)
  return {
    transformer,
    head,
    plan: tensors.plan,
    repeats: repeatsOf('webgpu', model.config),
    batchLimits: {
      tokensPerPass: tensors.plan.tokensPerPass / powerOfTwo(options.halvings ?? 0),
      ...packingLimits(model.config, tensors.plan.queryBlocks),
    },
    decodeCost: decodeCost('webgpu', tensors.plan, options.halvings),
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
