import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { LINEARS, linearShape } from '../../src/model/import/config'
import { openModelFolder } from '../../src/model/import/folder'
import type { ReadFile } from '../../src/model/import/folder_files'
import { Runtime } from '../../src/model/runtime'
import { ArrayTables } from '../../src/model/weights/array_tables'
import { ModelTensors } from '../../src/model/weights/model_tensors'
import type { WeightSink, WeightSource } from '../../src/model/weights/weight_source'
import { readFolder } from '../../workers/node/read_folder'
import { genaiFile, hubFolder, inParts, optimumFile } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'

setFlagsFromString('--expose_gc')
// Garbage collection is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const collect = runInNewContext('gc') as () => void

/**
 * Returns the bytes of all reachable array buffers. It takes the minimum of several looks, because unused
 * memory may be freed only after a collection, and other code in this process allocates meanwhile.
 */
async function held(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 4; i++) {
    least = Math.min(least, look())
    await new Promise((resolve) => setImmediate(resolve))
  }
  return least
}

function look(): number {
  collect()
  return process.memoryUsage().arrayBuffers
}

/** Maximum bytes held, beyond those before. */
class Peak {
  bytes = 0
  constructor(private readonly before: number) {}
  readonly note = async () => {
    if (look() - this.before > this.bytes) this.bytes = Math.max(this.bytes, (await held()) - this.before)
  }
}

/** 5 MB of layers and 2 MB of embedding in f32. */
const config = smallConfig('llama', {
  vocabSize: 2048,
  hiddenSize: 256,
  intermediateSize: 512,
  headDim: 64,
  layers: 2,
})

const folder = mkdtempSync(join(tmpdir(), 'colloquy-streaming-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function write(name: string, files: Readonly<Record<string, Uint8Array>>): Promise<number> {
  let largest = 0
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name, path)), { recursive: true })
    await writeFile(join(folder, name, path), bytes)
    largest = Math.max(largest, bytes.length)
  }
  return largest
}

/** Measures held bytes before and after each weight is taken. */
function watched(model: WeightSource, note: () => Promise<void>): WeightSource {
  const around = async (taken: Promise<void>) => {
    await note()
    await taken
    await note()
  }
  return {
    config: model.config,
    deliver: (sink) =>
      model.deliver({
        table: (slot, values) => around(sink.table(slot, values)),
        linear: (slot, values) => around(sink.linear(slot, values)),
        vector: (slot, values) => around(sink.vector(slot, values)),
      }),
  }
}

const forgetting: WeightSink = { table: async () => {}, linear: async () => {}, vector: async () => {} }

describe('streamed weights', () => {
  const largest = new Map<string, number>()
  beforeAll(async () => {
    const dense = optimumFile(config, randomWeights(config, 1))
    largest.set('dense', await write('dense', hubFolder(config, dense, inParts(dense, 4))))
    const packed = genaiFile(config, randomWeights(config, 1, 4))
    largest.set('packed', await write('packed', hubFolder(config, packed, inParts(packed, 3))))
    const whole = optimumFile(config, randomWeights(config, 1))
    largest.set('whole', await write('whole', hubFolder(config, whole)))
  })

  test.each(['dense', 'packed', 'whole'])('leave at most one file in memory: %s', async (name) => {
    const before = await held()
    const peak = new Peak(before)
    const read = readFolder(folder, name)
    const noting: ReadFile = async (path) => {
      await peak.note()
      return read(path)
    }
    await watched(await openModelFolder(noting, name), peak.note).deliver(forgetting)
    const part = largest.get(name) ?? 0
    expect(peak.bytes).toBeGreaterThan(0.9 * part)
    // The margin covers data that waits for other data; reading takes 0.1 MB.
    expect(peak.bytes).toBeLessThan(1.15 * part + 1e5)
    expect((await held()) - before).toBeLessThan(1e5)
  })

  test('are held once on wasm: blocks are freed once they are f32', async () => {
    const runtime = await Runtime.create({ backend: 'wasm', threads: 1 })
    const before = await held()
    const peak = new Peak(before)
    const model = watched(await openModelFolder(readFolder(folder, 'packed'), 'packed'), peak.note)
    const tables = new ArrayTables(runtime)
    const tensors = await ModelTensors.load(runtime, model, null, tables, 'f32')
    const kept = (await held()) - before
    const layer = LINEARS.map((which) => linearShape(config, which)).reduce(
      (sum, shape) => sum + shape.in * shape.out,
      0,
    )
    const inF32 = 4 * (config.vocabSize * config.hiddenSize + config.layers * layer)
    expect(tensors.plan.linears.gate).toBe('f32')
    expect(kept).toBeGreaterThan(inF32)
    expect(kept).toBeLessThan(1.01 * inF32 + 1e5)
    expect(peak.bytes).toBeLessThan(kept + 1.15 * (largest.get('packed') ?? 0))
    tensors.close()
    await runtime.close()
  })
})
