import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { requestGpu } from '../../src/gpu/device'
import { loadBase } from '../../src/model/base'
import type { ModelConfig } from '../../src/model/import/config'
import { openModelFolder } from '../../src/model/import/folder'
import type { ReadFile } from '../../src/model/import/folder_files'
import { Runtime } from '../../src/model/runtime'
import { KernelTables } from '../../src/model/weights/kernel_tables'
import { ModelTensors } from '../../src/model/weights/model_tensors'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { hubFolder, inParts, optimumFile } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'
import { reader } from './blob_reader'
import { HeapPeak } from './heap_peak'
import { heldHeap } from './held_heap'

/** A software GPU adapter compiles every kernel again for each device. */
const PATIENCE = 300_000

function sizesOf(files: Readonly<Record<string, Uint8Array>>): number[] {
  return Object.values(files).map(({ length }) => length)
}

describe('a model on WebGPU', () => {
  /** 40 MB in f32. */
  const large = smallConfig('llama', {
    vocabSize: 4096,
    hiddenSize: 512,
    intermediateSize: 1024,
    headDim: 64,
    heads: 8,
    kvHeads: 8,
    layers: 3,
  })
  const options = { source: 'hub/x', backend: 'webgpu', loraRank: 2, loraAlpha: 4, threads: 1 } as const
  let runtime: Runtime
  let gpu: Awaited<ReturnType<typeof requestGpu>>
  let files: Record<string, Uint8Array>
  let read: ReadFile
  let largest: number

  beforeAll(async () => {
    gpu = await requestGpu()
    runtime = await Runtime.create({ backend: 'webgpu', threads: 1, gpu })
    const file = optimumFile(large, randomWeights(large, 1))
    files = hubFolder(large, file, inParts(file, 3))
    read = reader(files)
    largest = Math.max(...sizesOf(files))
    files = {}
  }, PATIENCE)
  afterAll(async () => {
    await runtime.close()
    gpu.device.destroy()
  })

  it(
    'never holds more than one of its files in memory',
    async () => {
      const before = await heldHeap()
      const peak = new HeapPeak(heldHeap, 5)
      await peak.start()
      const model = peak.taking(await openModelFolder(peak.reading(read), 'hub/x'))
      const tables = new KernelTables(gpu, runtime)
      const tensors = await ModelTensors.load(runtime, model, null, tables, 'f32')
      expect(largest).toBeGreaterThan(1e7)
      expect(peak.bytes).toBeGreaterThan(0.95 * largest)
      expect(peak.bytes).toBeLessThan(1.3 * largest)
      expect((await heldHeap()) - before).toBeLessThan(0.1 * largest)
      tables.takeHead().release()
      tensors.close()
      expect(gpu.buffers.live).toBe(0)
    },
    PATIENCE,
  )

  it('holds a tied table once, for embedding and head', async () => {
    const table = 4 * large.vocabSize * large.hiddenSize
    const tied = async (shape: ModelConfig) => {
      const created = vi.spyOn(GPUDevice.prototype, 'createBuffer')
      const tables = new KernelTables(gpu, runtime)
      const source = { config: shape, weights: randomWeights(shape, 1) }
      const tensors = await ModelTensors.load(runtime, modelInArrays(source), null, tables, 'f32')
      expect(tensors.plan.config.tiedEmbeddings).toBe(true)
      tables.takeHead().release()
      tensors.close()
      gpu.buffers.trim()
      const sizes = created.mock.calls.map(([{ size }]) => size)
      vi.restoreAllMocks()
      return sizes
    }
    expect((await tied(large)).filter((size) => size >= table)).toEqual([table])
    // Kernels read four values at a time. A width that is no multiple of four needs padding, so a second
    // table.
    const odd = { ...large, vocabSize: 50_000, hiddenSize: 30, intermediateSize: 40, layers: 1 }
    expect((await tied(odd)).filter((size) => size >= 4 * 50_000 * 30)).toHaveLength(2)
  })

  it('leaves nothing on the device when it cannot be read to the end', async () => {
    const created = vi.spyOn(GPUDevice.prototype, 'createBuffer')
    const destroyed = vi.spyOn(GPUBuffer.prototype, 'destroy')
    const failing: ReadFile = async (path) => {
      if (path === 'onnx/data_2') throw new Error('the network is gone')
      return read(path)
    }
    const model = await openModelFolder(failing, 'hub/x')
    const loading = ModelTensors.load(runtime, model, null, new KernelTables(gpu, runtime), 'f32')
    await expect(loading).rejects.toThrow('the network is gone')
    expect(gpu.buffers.live).toBe(0)
    gpu.buffers.trim()
    const left = new Set(created.mock.results.map(({ value }) => value))
    expect(left.size).toBeGreaterThan(5)
    for (const buffer of destroyed.mock.contexts) left.delete(buffer)
    expect(left.size).toBe(0)

    const devices = vi.spyOn(GPUDevice.prototype, 'destroy')
    await expect(loadBase(model, options)).rejects.toThrow('the network is gone')
    expect(devices).toHaveBeenCalledTimes(1)
    vi.restoreAllMocks()
  })
})
