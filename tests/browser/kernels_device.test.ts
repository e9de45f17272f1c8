import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { type Gpu, requestAdapter, requestGpu } from '../../src/gpu/device'
import { requireLimit } from '../../src/gpu/limits'
import { computePipeline } from '../../src/gpu/pipeline'

let gpu: Gpu
beforeAll(async () => {
  gpu = await requestGpu()
})
afterAll(() => gpu.device.destroy())

const failure = async (attempt: () => unknown): Promise<ColloquyError> => {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof ColloquyError) return error
    throw error
  }
  return expect.fail('nothing was thrown')
}

describe('device', () => {
  it('has the limits of the adapter', async () => {
    const adapter = await requestAdapter(navigator.gpu)
    expect(gpu.limits.maxStorageBuffersPerShaderStage).toBe(adapter?.limits.maxStorageBuffersPerShaderStage)
    expect(gpu.limits.maxBufferSize).toBe(adapter?.limits.maxBufferSize)
    expect(gpu.device.features.has('subgroups')).toBe(false)
  })

  it('names a limit that is too low, with its value and the wanted one', async () => {
    const wanted = gpu.limits.maxBufferSize + 1
    const error = await failure(() => gpu.buffers.acquire('huge', wanted, GPUBufferUsage.COPY_DST))
    expect(error.code).toBe('limit')
    expect(error.detail.what).toContain('maxBufferSize')
    expect(error.detail.found).toBe(String(gpu.limits.maxBufferSize))
    expect(error.detail.wanted).toContain(String(wanted))
    expect(() => requireLimit(gpu.limits, 'maxBufferSize', wanted - 1, 'huge')).not.toThrow()
    expect(gpu.buffers.live).toBe(0)
  })

  it('shows line, column and source of WGSL that does not compile', async () => {
    const code = '@compute @workgroup_size(1)\nfn main() {\n  let x: u32 = 1.5;\n}'
    const error = await failure(() => computePipeline(gpu.device, 'broken', code))
    expect(error.detail.what).toBe('shader "broken", line 3, column 16')
    expect(error.detail.found).toContain('let x: u32 = 1.5;')
  })
})

describe('worker', () => {
  it('runs kernels on a device of its own', async () => {
    const worker = new Worker(new URL('./kernels.worker.ts', import.meta.url), { type: 'module' })
    try {
      const answer = await new Promise<unknown>((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = ({ message }) => reject(new Error(message))
      })
      expect(answer).toEqual({ norm: 5, live: 0 })
    } finally {
      worker.terminate()
    }
  })
})

describe('buffer pool', () => {
  it('reuses released buffers, counts those in use, and refuses a second release', () => {
    const usage = GPUBufferUsage.STORAGE
    const a = gpu.buffers.acquire('a', 1000, usage)
    const b = gpu.buffers.acquire('b', 1000, usage)
    expect(b).not.toBe(a)
    expect(gpu.buffers.owners()).toEqual(
      new Map([
        ['a', { buffers: 1, bytes: a.size }],
        ['b', { buffers: 1, bytes: b.size }],
      ]),
    )
    gpu.buffers.release(a)
    expect(() => gpu.buffers.release(a)).toThrow(/released twice/)
    expect(gpu.buffers.acquire('c', 990, usage)).toBe(a)
    gpu.buffers.release(a)
    gpu.buffers.release(b)
    expect(gpu.buffers.live).toBe(0)
  })

  it('uses one small buffer for arrays of many lengths, in turn', () => {
    const buffers = new Set<GPUBuffer>()
    for (let values = 1; values <= 1024; values += 93) {
      const buffer = gpu.buffers.acquire('values', 4 * values, GPUBufferUsage.STORAGE)
      buffers.add(buffer)
      gpu.buffers.release(buffer)
    }
    expect(buffers.size).toBe(1)
  })

  it.each([0, 1, 255, 257, 1025, 1_000_003])('holds at least %i bytes, in steps of 16', (bytes) => {
    const buffer = gpu.buffers.acquire('size', bytes, GPUBufferUsage.STORAGE)
    expect(buffer.size).toBeGreaterThanOrEqual(bytes)
    expect(buffer.size % 16).toBe(0)
    gpu.buffers.release(buffer)
  })
})
