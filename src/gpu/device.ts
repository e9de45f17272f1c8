import { ColloquyError } from '../errors'
import { BufferPool } from './buffers'
import { RAISED_LIMITS } from './limits'

/** A WebGPU device with the facts that kernels need. Works in a page and in a worker. */
export interface Gpu {
  readonly device: GPUDevice
  /** Vendor, architecture and other facts about the adapter. */
  readonly info: GPUAdapterInfo
  readonly limits: GPUSupportedLimits
  /** True where the device can time passes. */
  readonly timestamps: boolean
  /** True where shaders compute with 16-bit floats (`shader-f16`). */
  readonly f16: boolean
  readonly buffers: BufferPool
  /**
   * Benchmark hook, called once per submission of `submit`: returns where the pass writes its start and end
   * time. Runs leave it out.
   */
  readonly timer?: () => GPUComputePassTimestampWrites
}

/** Keeps small facts about this browser's adapters permanently: variants of kernels, self-tests passed. */
export interface DeviceStore {
  /**
   * Returns the text kept under `key`; where there is none, calls `make` and keeps its text. Only one `make`
   * runs at a time in all threads that share the store: two measurements at once would disturb each other and
   * could choose differently.
   */
  once(key: string, make: () => Promise<string>): Promise<string>
}

/** Names of drivers that emulate a GPU on the processor. Some browsers do not mark them as fallback adapters. */
const SOFTWARE_NAMES = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i

/** Returns whether the adapter emulates a GPU on the processor, which is slower than wasm. */
export function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter === true || SOFTWARE_NAMES.test(namesOf(info).join(' '))
}

/** Returns the adapter's description, or its vendor and architecture, e.g. `nvidia ada`. */
export function adapterName(info: GPUAdapterInfo): string {
  return info.description || namesOf(info).filter(Boolean).join(' ') || 'unnamed'
}

function namesOf({ vendor, architecture, device, description }: GPUAdapterInfo): string[] {
  return [vendor, architecture, device, description]
}

/** Features requested where the adapter has them. */
const FEATURES = ['timestamp-query', 'shader-f16'] as const

/**
 * Returns an adapter, or null. It asks twice: Chromium can return null once after its GPU process restarts
 * (seen in headless Chromium on a GPU that it could use).
 */
export async function requestAdapter(
  gpu: GPU,
  options?: GPURequestAdapterOptions,
): Promise<GPUAdapter | null> {
  return (await gpu.requestAdapter(options)) ?? (await gpu.requestAdapter(options))
}

/** Returns whether the browser's adapter computes in f16; false without an adapter. */
export async function adapterHasF16(): Promise<boolean> {
  // The type says it is always there, but some browsers lack it.
  const gpu = (globalThis.navigator as { gpu?: GPU } | undefined)?.gpu
  const adapter = gpu ? await requestAdapter(gpu).catch(() => null) : null
  return adapter?.features.has('shader-f16') ?? false
}

/**
 * Opens a device of the first matching adapter. It does not request `subgroups`: with them, ONNX Runtime's
 * attention prefill is silently wrong on adapters whose subgroups are smaller than 16.
 * @param gpu the WebGPU implementation; the browser's by default
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
