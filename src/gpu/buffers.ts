import { keepingNow, type Scope, scoped } from '../scope'
import { requireLimit } from './limits'

/** Maximum bytes of released buffers kept for reuse. A buffer that would exceed it is destroyed. */
const KEPT_BYTES = 256 * 2 ** 20

interface Lease {
  readonly owner: string
  readonly key: string
}

/**
 * Pool of GPU buffers with owners. Callers acquire a buffer for an owner and release it once its last use is
 * submitted. The queue runs in order, so the next owner cannot disturb work that still runs. `live` counts
 * acquired buffers and must be the same before and after a run.
 */
export class BufferPool {
  private readonly leases = new Map<GPUBuffer, Lease>()
  private readonly free = new Map<string, GPUBuffer[]>()
  private freeBytes = 0

  constructor(private readonly device: GPUDevice) {}

  /**
   * Returns a buffer of at least `bytes` bytes. It may hold data of its last use.
   * @throws ColloquyError `limit` where the device allows no buffer of that size.
   */
  acquire(owner: string, bytes: number, usage = uploadedUsage()): GPUBuffer {
    const size = roundedSize(bytes)
    const key = `${usage}:${size}`
    const kept = this.free.get(key)?.pop()
    if (kept !== undefined) this.freeBytes -= kept.size
    const buffer = kept ?? this.create(owner, bytes, size, usage)
    buffer.label = owner
    this.leases.set(buffer, { owner, key })
    return buffer
  }

  /** @throws Error where this pool did not hand out the buffer, or it is already released. */
  release(buffer: GPUBuffer): void {
    const lease = this.leases.get(buffer)
    if (lease === undefined)
      throw new Error(`buffer "${buffer.label}" is released twice, or another pool made it`)
    this.leases.delete(buffer)
    if (this.freeBytes + buffer.size > KEPT_BYTES) {
      buffer.destroy()
      return
    }
    const kept = this.free.get(lease.key)
    if (kept === undefined) this.free.set(lease.key, [buffer])
    else kept.push(buffer)
    this.freeBytes += buffer.size
  }

  /** Number of buffers acquired and not released. */
  get live(): number {
    return this.leases.size
  }

  /** Returns live buffers and their bytes, by owner. */
  owners(): Map<string, { buffers: number; bytes: number }> {
    const owners = new Map<string, { buffers: number; bytes: number }>()
    for (const [buffer, { owner }] of this.leases) {
      const held = owners.get(owner) ?? { buffers: 0, bytes: 0 }
      owners.set(owner, { buffers: held.buffers + 1, bytes: held.bytes + buffer.size })
    }
    return owners
  }

  /** Destroys the buffers kept for reuse. Live ones stay. */
  trim(): void {
    for (const buffers of this.free.values()) for (const buffer of buffers) buffer.destroy()
    this.free.clear()
    this.freeBytes = 0
  }

  private create(owner: string, bytes: number, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const { limits } = this.device
    requireLimit(limits, 'maxBufferSize', bytes, owner)
    if ((usage & GPUBufferUsage.STORAGE) !== 0)
      requireLimit(limits, 'maxStorageBufferBindingSize', bytes, owner)
    // Rounding up must not exceed a limit that the size itself keeps.
    const allowed = size <= Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
    return this.device.createBuffer({ size: allowed ? size : Math.ceil(bytes / 16) * 16, usage })
  }
}

/**
 * Below this size buffers have powers of two. Above it there are four sizes to an octave, to waste fewer
 * bytes.
 */
const SMALL_BYTES = 2 ** 16
/** Smallest size. In most passes it holds an array with one value per token. */
const LEAST_BYTES = 2 ** 12

/**
 * Rounds up to the next of 4 KiB, 8 KiB … 64 KiB, 80 KiB, 96 KiB …. The sizes are few because the pool keeps
 * buffers of each size, and requests differ from pass to pass.
 */
function roundedSize(bytes: number): number {
  const least = Math.max(bytes, LEAST_BYTES)
  const octave = 2 ** Math.floor(Math.log2(least))
  const step = octave < SMALL_BYTES ? octave : octave / 4
  return Math.ceil(least / step) * step
}

/**
 * Returns the usage of a storage buffer that the CPU fills and reads. It is a function because
 * `GPUBufferUsage` does not exist without WebGPU.
 */
export function uploadedUsage(): GPUBufferUsageFlags {
  return GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
}

/** A device with its pool. */
interface Pooled {
  readonly device: GPUDevice
  readonly buffers: BufferPool
}

/** Acquires a buffer of the pool (see `acquire`) until the scope ends. */
export function lease(
  scope: Scope,
  { buffers }: Pooled,
  owner: string,
  bytes: number,
  usage = uploadedUsage(),
): GPUBuffer {
  return scope.hold(buffers.acquire(owner, bytes, usage), (buffer) => buffers.release(buffer))
}

/** Acquires a storage buffer that holds `data`, until the scope ends. */
export function leaseUploaded(scope: Scope, gpu: Pooled, owner: string, data: ArrayBufferView): GPUBuffer {
  const buffer = lease(scope, gpu, owner, data.byteLength)
  writeBytes(gpu.device, buffer, data)
  return buffer
}

/** Acquires a storage buffer that holds `data`; the caller releases it. */
export function uploadBuffer(gpu: Pooled, owner: string, data: ArrayBufferView): GPUBuffer {
  return keepingNow((scope) => leaseUploaded(scope, gpu, owner, data))
}

/** Writes data to the start of a buffer and pads it with zeros to a multiple of 4 bytes. */
export function writeBytes(device: GPUDevice, buffer: GPUBuffer, data: ArrayBufferView): void {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const whole = bytes.length - (bytes.length % 4)
  device.queue.writeBuffer(buffer, 0, bytes, 0, whole)
  if (whole === bytes.length) return
  const rest = new Uint8Array(4)
  rest.set(bytes.subarray(whole))
  device.queue.writeBuffer(buffer, whole, rest)
}

/** Maximum bytes in memory of a matrix that is written in pieces. */
const PIECE_BYTES = 2 ** 20

/**
 * Writes an f32 matrix (rows, width) to the start of a buffer, some rows at a time.
 * @param pad zeros after each row in the buffer
 * @param read fills the array with rows from `first` on
 */
export function writeRows(
  device: GPUDevice,
  buffer: GPUBuffer,
  { rows, width, pad = 0 }: { readonly rows: number; readonly width: number; readonly pad?: number },
  read: (first: number, into: Float32Array) => void,
): void {
  const stride = width + pad
  const most = Math.max(1, Math.floor(PIECE_BYTES / 4 / stride))
  const values = new Float32Array(Math.min(most, rows) * width)
  const padded = pad === 0 ? values : new Float32Array(Math.min(most, rows) * stride)
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first)
    const piece = values.subarray(0, count * width)
    read(first, piece)
    if (pad > 0)
      for (let row = 0; row < count; row++)
        padded.set(piece.subarray(row * width, (row + 1) * width), row * stride)
    device.queue.writeBuffer(buffer, 4 * first * stride, padded, 0, count * stride)
  }
}

/**
 * Copies `bytes` bytes of a buffer from `offset` on (multiples of 4) to the CPU, after all work submitted so
 * far.
 */
export async function readBuffer(
  gpu: Pooled,
  buffer: GPUBuffer,
  bytes: number,
  offset = 0,
): Promise<ArrayBuffer> {
  if (bytes === 0) return new ArrayBuffer(0)
  return scoped(async (scope) => {
    const staging = lease(scope, gpu, 'readback', bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
    const encoder = gpu.device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes)
    gpu.device.queue.submit([encoder.finish()])
    await staging.mapAsync(GPUMapMode.READ, 0, bytes)
    const mapped = scope.hold(staging.getMappedRange(0, bytes), () => staging.unmap())
    return mapped.slice(0)
  })
}
