import { ColloquyError } from '../errors'
import { BufferPool } from './buffers'
import { RAISED_LIMITS } from './limits'

/** A WebGPU device with what the kernels need to know about it. Works in a page and in a worker. */
export interface Gpu {
  readonly device: GPUDevice
  /** Vendor, architecture and so on of the adapter. */
  readonly info: GPUAdapterInfo
  readonly limits: GPUSupportedLimits
  /** True where passes can be timed on the device. */
  readonly timestamps: boolean
  /** True where shaders compute with 16-bit floats (`shader-f16`). */
  readonly f16: boolean
  readonly buffers: BufferPool
  /**
   * Set by who measures: asked once for every submission of `submit`, says where its pass writes the times of its
   * start and end. Absent in a run, where nothing is timed.
   */
  readonly timer?: () => GPUComputePassTimestampWrites
}

/** What is asked for where an adapter has it. */
const FEATURES = ['timestamp-query', 'shader-f16'] as const

/**
 * An adapter, or null. A browser whose GPU process has just begun anew has none for who asks first, and one for who asks again:
 * seen in Chromium without a screen, on a GPU that it could use.
 */
export async function requestAdapter(
  gpu: GPU,
  options?: GPURequestAdapterOptions,
): Promise<GPUAdapter | null> {
  return (await gpu.requestAdapter(options)) ?? (await gpu.requestAdapter(options))
}

/** Whether the browser's adapter computes in f16; false where there is none, or none to be had. */
export async function adapterHasF16(): Promise<boolean> {
  // Typed as always there, but some browsers lack it.
  const gpu = (globalThis.navigator as { gpu?: GPU } | undefined)?.gpu
  const adapter = gpu ? await requestAdapter(gpu).catch(() => null) : null
  return adapter?.features.has('shader-f16') ?? false
}

/**
 * A device of the first adapter that matches. `subgroups` are left off: with them, ONNX Runtime's attention prefill is silently
 * wrong on adapters whose subgroups are smaller than 16.
 * @param gpu the WebGPU implementation; the browser's own unless another is given
 * @throws ColloquyError `backend` where there is no WebGPU or no adapter.
 */
export async function requestGpu(
  options?: GPURequestAdapterOptions,
  gpu: GPU | undefined = globalThis.navigator?.gpu,
): Promise<Gpu> {
  const adapter = gpu ? await requestAdapter(gpu, options) : null
  if (gpu === undefined || adapter === null) {
    throw new ColloquyError({
      code: 'backend',
      what: 'backend "webgpu"',
      found: gpu === undefined ? 'no WebGPU in this browser' : 'WebGPU without a usable adapter',
      wanted: 'a WebGPU adapter',
      todo: 'Choose backend "wasm", or a browser and a machine with WebGPU',
    })
  }
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(RAISED_LIMITS.map((name) => [name, adapter.limits[name]])),
    requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)),
  })
  return {
    device,
    info: adapter.info,
    limits: device.limits,
    timestamps: device.features.has('timestamp-query'),
    f16: device.features.has('shader-f16'),
    buffers: new BufferPool(device),
  }
}
