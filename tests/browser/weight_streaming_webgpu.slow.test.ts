import { describe, expect, it } from 'vitest'
import { loadBase } from '../../src/model/base'
import type { ModelConfig } from '../../src/model/import/config'
import { openModelFolder } from '../../src/model/import/folder'
import { quantizeBlocks } from '../../src/model/weights/quantize'
import type { ModelWeights } from '../../src/model/weights/weight_source'
import { genaiFile, type HubFile, hubFolder, inParts, optimumFile } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'
import { reader } from './blob_reader'

/** A software GPU adapter compiles every kernel again for each device. */
const PATIENCE = 300_000

describe('logprobs on WebGPU are those on wasm', () => {
  const ids = [3, 8, 1, 0, 17, 5, 2]
  const sequences = [
    { promptIds: ids.slice(0, 3), ids: ids.slice(3) },
    { promptIds: ids.slice(4), ids: ids.slice(0, 2) },
  ]

  async function logprobs(backend: 'wasm' | 'webgpu', config: ModelConfig, file: HubFile) {
    const options = { source: 'hub/x', backend, loraRank: 2, loraAlpha: 4, threads: 1 } as const
    const parts = inParts(file, 3)
    const model = await openModelFolder(reader(hubFolder(config, file, parts)), 'hub/x')
    const engine = await (await loadBase(model, options)).engine({ id: 'a', seed: 1 })
    const values = await engine.policy.logprobs(sequences, 1)
    await engine.close()
    return values.flatMap((row) => [...row])
  }

  const shape = { hiddenSize: 32, intermediateSize: 64 }
  const untied = smallConfig('llama', { ...shape, tiedEmbeddings: false })
  const packed = smallConfig('qwen2', shape)

  /** The first layer's q and down in blocks, the second's in f32. */
  function mixed(): ModelWeights {
    const weights = randomWeights(untied, 7)
    const [first, ...others] = weights.layers
    const { q, down } = first.linears
    if (q.kind !== 'f32' || down.kind !== 'f32') throw new Error('dense weights were asked for')
    const linears = { ...first.linears, q: quantizeBlocks(q, 4), down: quantizeBlocks(down, 8) }
    return { ...weights, layers: [{ ...first, linears }, ...others] }
  }

  it.each<[string, ModelConfig, () => HubFile]>([
    ['in f32, a head of its own', untied, () => optimumFile(untied, randomWeights(untied, 5))],
    ['in 4 bits, q, k and v in one', packed, () => genaiFile(packed, randomWeights(packed, 6, 4))],
    ['in f32, q, k and v in one', packed, () => genaiFile(packed, randomWeights(packed, 6))],
    ['in blocks in one layer and in f32 in another', untied, () => optimumFile(untied, mixed())],
  ])(
    '%s',
    async (_, config, file) => {
      const wanted = await logprobs('wasm', config, file())
      const found = await logprobs('webgpu', config, file())
      expect(found.length).toBe(6)
      found.forEach((value, i) => {
        expect(Math.abs(value - wanted[i])).toBeLessThan(2e-5)
      })
    },
    PATIENCE,
  )
})
