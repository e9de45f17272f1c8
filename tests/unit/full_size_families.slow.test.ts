import { beforeAll, expect, test } from 'vitest'
import type { BlockMatrix } from '../../src/matrix/matrix'
import { valuesBy } from '../../src/matrix/matrix_values'
import { loadBase } from '../../src/model/base'
import { familyOf } from '../../src/model/families/families'
import {
  LAYER_NORMS,
  LINEARS,
  linearShape,
  type ModelConfig,
  qkNormSize,
} from '../../src/model/import/config'
import { readModelConfig } from '../../src/model/import/import_config'
import { expectedPlan } from '../../src/model/memory/expected_plan'
import { type MemoryPlan, memoryPlan, requireRoom } from '../../src/model/memory/memory_plan'
import type { WeightSource } from '../../src/model/weights/weight_source'
import { deriveKey, seedKey } from '../../src/random'
import { UPDATE } from '../data/update_request'
import { fixtureGraph } from '../fixtures'
import { folderFiles } from '../fixtures/folder_files'
import { LATER_ON_HUB } from '../fixtures/hub_logits'
import { hubModel, type ModelId } from '../fixtures/models'
import { byteCount } from '../fixtures/tensors'

/** Memories of the runtime, to read their size from. */
const memories: WebAssembly.Memory[] = []

beforeAll(() => {
  WebAssembly.Memory = class extends WebAssembly.Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor)
      memories.push(this)
    }
  }
})

function configOf(model: ModelId): ModelConfig {
  const json = folderFiles(hubModel(model, 'full'), {}).get('config.json')
  return readModelConfig(JSON.parse(new TextDecoder().decode(json)), `${model}/config.json`)
}

/** Blocks whose levels and scales repeat a short random sequence. */
function blocks(out: number, width: number): BlockMatrix {
  const count = out * Math.ceil(width / 32)
  const packed = new Uint8Array(16 * count)
  const start = Uint8Array.from({ length: 4096 }, (_, i) => (i * 2654435761) >>> 13)
  for (let at = 0; at < packed.length; at += start.length)
    packed.set(start.subarray(0, packed.length - at), at)
  const scales = new Float32Array(count).fill(1 / (4 * Math.sqrt(width)))
  return { kind: 'blocks', bits: 4, out, in: width, packed, scales }
}

/** A model as its q4 file has it: an embedding in f32, all matrices in blocks. */
function randomSource(config: ModelConfig): WeightSource {
  const { vocabSize: out, hiddenSize: width } = config
  const { norms, qkNorm } = familyOf(config)
  const ones = (size: number) => new Float32Array(size).fill(1)
  return {
    config,
    async deliver(sink) {
      await sink.table(
        'embedding',
        valuesBy({ out, in: width }, (row, column) => (((row * 31 + column) * 17) % 251) / 251 - 0.5),
      )
      for (let i = 0; i < config.layers; i++) {
        for (const which of LINEARS) {
          const shape = linearShape(config, which)
          await sink.linear(`${i}.${which}`, blocks(shape.out, shape.in))
        }
        for (const norm of LAYER_NORMS)
          if (norms[norm] !== undefined) await sink.vector(`${i}.${norm}`, ones(width))
        for (const which of ['q', 'k'] as const)
          if (qkNorm) await sink.vector(`${i}.${which}Norm`, ones(qkNormSize(config, which, qkNorm)))
      }
      await sink.vector('finalNorm', ones(width))
      await sink.table('head', blocks(out, width))
    },
  }
}

/** Rows of one prompt that are written together. */
const ROWS = 8
const NEW_TOKENS = 2
const promptIds = Array.from({ length: 8 }, (_, i) => 1000 * i + 7)
const LORA = { rank: 8, alpha: 16 }

/** Returns the memory that a run of the test is told to take. */
function told(
  [model, family]: (typeof LATER_ON_HUB)[number],
  tokens = promptIds.length + NEW_TOKENS,
): MemoryPlan {
  const graph = fixtureGraph({ model, family, dtype: 'q4', size: 'full' })
  const bytes = [...graph.tensors.values()].reduce((sum, tensor) => sum + byteCount(tensor), 0)
  const plan = expectedPlan(configOf(model), 'q4', bytes, 'wasm', LORA, 'f32')
  const use = { rows: ROWS, tokens, prompts: 1, promptTokens: tokens - NEW_TOKENS, trainedTokens: tokens }
  return memoryPlan(plan, 'wasm', { ...use, adapters: 1, largestFile: 0 })
}

const [GEMMA, SMOLLM3, GRANITE, OLMO2] = LATER_ON_HUB

/** Writes rows, scores them and makes an update. */
async function writeScoreLearn(model: ModelId): Promise<void> {
  const base = await loadBase(randomSource(configOf(model)), {
    source: model,
    backend: 'wasm',
    threads: 1,
    loraRank: LORA.rank,
    loraAlpha: LORA.alpha,
  })
  const { policy, close } = await base.engine({ id: 'a', seed: 1 })
  const rows = Array.from({ length: ROWS }, (_, i) => ({ promptIds, key: deriveKey(seedKey(1), i) }))
  const written = await policy.generate(rows, { temperature: 1, maxNewTokens: NEW_TOKENS, stops: [] })
  const sequences = written.map(({ ids }) => ({ promptIds, ids }))
  const scored = await policy.logprobs(sequences, 1)
  written.forEach(({ logprobs }, row) => {
    logprobs.forEach((value, t) => {
      expect(Math.abs(value - scored[row][t])).toBeLessThan(1e-3)
    })
  })
  const answers = sequences.map((sequence, i) => ({
    ...sequence,
    oldLogprobs: written[i].logprobs,
    advantage: i % 2 === 0 ? 1 : -1,
  }))
  const { skipped, gradNorm } = await policy.update({ ...UPDATE, sequences: answers })
  expect(skipped).toBe(false)
  expect(gradNorm).toBeGreaterThan(0)
  await close()
}

test('Gemma 3 270M at full size writes, scores and learns on wasm, in less memory than told', {
  timeout: 300_000,
}, async () => {
  await writeScoreLearn(GEMMA[0])
  const heap = Math.max(...memories.map(({ buffer }) => buffer.byteLength))
  const { device } = told(GEMMA)
  // The estimate allows for a heap whose gaps do not fit, which so short a run does not make.
  expect(device).toBeGreaterThan(heap)
  expect(device).toBeLessThan(1.5 * heap)
})

test('Granite 4.0 350M at full size does so, too', { timeout: 300_000 }, () => writeScoreLearn(GRANITE[0]))

test.each([SMOLLM3, OLMO2])('%s in 4 bits is refused on wasm before it is loaded', (...which) => {
  expect(() => requireRoom(told(which, 1024), 'wasm', 'hub:x')).toThrow(/hub:x on wasm.*at most 4\.0 GiB/s)
})
