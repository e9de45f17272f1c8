import { type BufferPool, readBuffer, uploadBuffer } from '../../gpu/buffers'
import type { Gpu } from '../../gpu/device'
import type { Stream } from '../../random'
import type { Cost } from './cost'

/** One kernel at one shape, with random inputs. */
export interface KernelCase {
  readonly kernel: string
  readonly shape: string
  readonly cost: Cost
  /** Makes the inputs. @throws ColloquyError `limit` where the device has no room for them */
  open(gpu: Gpu): Promise<OpenCase>
}

/** A variant of a kernel; one without a name where there are no others. */
export interface KernelVariant {
  readonly name: string
  /** Whether a run would take this one. */
  readonly chosen: boolean
  /** Submits the kernel, in one pass. */
  run(): Promise<unknown>
}

/** A case whose inputs are on the device. */
export interface OpenCase {
  readonly ways: readonly KernelVariant[]
  /**
   * Distance of the results of the last run (where a kernel changes its inputs, the only one) from those of the CPU reference: the largest
   * |found - wanted| / max(1, |wanted|). Meant for small shapes.
   */
  deviation(): Promise<number>
  close(): void
}

/** Buffers of a case, given back together. */
export class CaseBuffers {
  private readonly held: GPUBuffer[] = []

  constructor(private readonly gpu: { device: GPUDevice; buffers: BufferPool }) {}

  upload(data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GPUBuffer {
    return this.hold(uploadBuffer(this.gpu, 'bench', data))
  }

  empty(bytes: number): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    return this.hold(this.gpu.buffers.acquire('bench', bytes, usage))
  }

  async floats(buffer: GPUBuffer, count: number): Promise<Float32Array> {
    return new Float32Array(await readBuffer(this.gpu, buffer, count * 4))
  }

  close(): void {
    for (const buffer of this.held.splice(0)) this.gpu.buffers.release(buffer)
  }

  private hold(buffer: GPUBuffer): GPUBuffer {
    this.held.push(buffer)
    return buffer
  }
}

/** Uniform values in [low, high). */
export function randomFloats(
  stream: Stream,
  count: number,
  low: number,
  high: number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, () => low + (high - low) * stream.uniform())
}

/** The largest |found - wanted| / max(1, |wanted|); infinite where a value found is not a number. */
export function largestDeviation(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < wanted.length; i++) {
    const gap = Math.abs(found[i] - wanted[i]) / Math.max(1, Math.abs(wanted[i]))
    if (Number.isNaN(gap)) return Number.POSITIVE_INFINITY
    largest = Math.max(largest, gap)
  }
  return largest
}
