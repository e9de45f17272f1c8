import { ColloquyError } from '../errors'
import { powerOfTwo } from '../exact_math'
import { tuneHead } from '../gpu/autotune'
import { requestGpu } from '../gpu/device'
import { groupAdvantagesOnGpu } from '../gpu/group_advantages'
import { keeping } from '../scope'
import type { BaseOptions, BaseParts } from './base_parts'
import { decodeCost } from './decode/decode_cost'
import { StepDecoder } from './decode/step_decoder'
import { determinismOf } from './determinism'
import { allowsF16 } from './import/folder_files'
import { KernelHead } from './kernel_head'
import { Runtime } from './runtime'
import type { Adapter } from './train/adapter'
import { GpuAdapter, zeroAdapterOnGpu } from './train/gpu_adapter'
import { packingLimits } from './train/packing'
import { Transformer } from './transformer'
import { KernelTables } from './weights/kernel_tables'
import { ModelTensors } from './weights/model_tensors'
import type { WeightSource } from './weights/weight_source'

/**
 * Creates a base on its own GPU device, which ORT and our kernels share.
 * @throws ColloquyError `backend` without WebGPU, `memory` where the device runs out, `limit` where it is too
 * small, and any error of reading the model. The device is destroyed before it throws.
 */
export function createParts(model: WeightSource, options: BaseOptions): Promise<BaseParts> {
  return keeping(async (scope) => {
    const gpu = scope.hold(await requestGpu(), ({ buffers, device }) => {
      buffers.trim()
      device.destroy()
    })
    const { dtype, f16 = true, f32Accumulation } = options
    const runtime = scope.hold(
      await Runtime.create({ backend: 'webgpu', threads: 1, gpu, f32Accumulation }),
      (made) => made.close(),
    )
    gpu.device.pushErrorScope('out-of-memory')
    const lora = { rank: options.loraRank, alpha: options.loraAlpha }
    const tables = new KernelTables(gpu, runtime)
    const activations = f16 && gpu.f16 && allowsF16(dtype, model.config) ? 'f16' : 'f32'
    const loaded = await ModelTensors.load(runtime, model, lora, tables, activations)
    const tensors = scope.hold(loaded, (held) => held.close())
    const untuned = scope.hold(tables.takeHead(), ({ release }) => release())
    const weights = await tuneHead(gpu, untuned, options.variantStore ?? null)
    const transformer = await Transformer.create(runtime, tensors)
    const decoding = await StepDecoder.compile(runtime, tensors.plan)
    const head = new KernelHead(gpu, runtime, weights)
    const shortage = await gpu.device.popErrorScope()
    if (shortage) throw memoryError(options.source, 'the weights', shortage)
    return {
      transformer,
      head,
      plan: tensors.plan,
      determinism: determinismOf('webgpu', model.config),
      batchLimits: {
        tokensPerPass: tensors.plan.tokensPerPass / powerOfTwo(options.halvings ?? 0),
        ...packingLimits(model.config, tensors.plan.queryBlocks),
      },
      decodeCost: decodeCost('webgpu', tensors.plan, options.halvings),
      attach: (values, trains) =>
        keeping(async (attached) => {
          // A device has one stack of error scopes, and other engines may be at work, so push and pop without
          // an await in between.
          gpu.device.pushErrorScope('out-of-memory')
          let shortage: Promise<GPUError | null>
          let adapter: Adapter
          try {
            const create = trains ? GpuAdapter.create : zeroAdapterOnGpu
            adapter = attached.hold(create(gpu, runtime, values), (made) => made.close())
          } finally {
            shortage = gpu.device.popErrorScope()
          }
          const full = await shortage
          if (full) throw memoryError(options.source, 'an adapter', full)
          const lora = adapter.parameters
          return {
            adapter,
            decoder: new StepDecoder(gpu, runtime, tensors, transformer, weights, decoding, lora),
          }
        }),
      advantages: (request) => groupAdvantagesOnGpu(gpu, request),
      close: () => scope.close(),
    }
  })
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
