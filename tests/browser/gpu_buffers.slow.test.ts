/** What a policy holds on the GPU does not grow when it does again what it has done: counted where buffers are made and destroyed, ONNX Runtime's among them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import '../../src/bench/lab/watch'
import { loadBase } from '../../src/model/base'
import type { Engine } from '../../src/model/engine'
import { modelInArrays } from '../../src/model/weight_source'
import { deriveKey, Stream, seedKey } from '../../src/random'
import { randomWeights, smallConfig } from '../reference/small_model'

/** A processor that plays the GPU compiles every kernel anew for each device. */
const PATIENCE = 300_000

const VOCABULARY = 19
let engine: Engine

beforeAll(async () => {
  const config = smallConfig('llama', { layers: 1, hiddenSize: 32, intermediateSize: 64, maxPositions: 128 })
  const model = modelInArrays({ config, weights: randomWeights(config, 3, 4) })
  const options = { source: 'a random model', loraRank: 2, loraAlpha: 4, threads: 1 }
  const base = await loadBase(model, { ...options, backend: 'webgpu' })
  engine = await base.engine({ id: 'a', seed: 1 })
}, PATIENCE)
afterAll(() => engine.close())

function held(): number {
  if (!globalThis.colloquyWatch) throw new Error('nobody counts')
  return globalThis.colloquyWatch.gpu.buffers
}

/** Tokens of the prompt and of the completion of each sequence of a batch. */
type Lengths = readonly (readonly [prompt: number, completion: number])[]

/** Ids of which no two sequences have the first in common, so that none is packed with another. */
function tokens(count: number, stream: Stream, first: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    i === 0 ? first : Math.floor(VOCABULARY * stream.uniform()),
  )
}

async function decode(lengths: Lengths): Promise<void> {
  const stream = new Stream(seedKey(2))
  const rows = lengths.map(([prompt], row) => ({
    promptIds: tokens(prompt, stream, row),
    key: deriveKey(seedKey(5), row),
  }))
  const maxNewTokens = Math.max(...lengths.map(([, completion]) => completion))
  await engine.policy.generate(rows, { temperature: 1, maxNewTokens, stops: [] })
}

async function train(lengths: Lengths): Promise<void> {
  const stream = new Stream(seedKey(3))
  const report = await engine.policy.update({
    sequences: lengths.map(([prompt, completion], row) => ({
      promptIds: tokens(prompt, stream, row),
      ids: tokens(completion, stream, row),
      oldLogprobs: Array.from({ length: completion }, () => -3),
      advantage: Math.cos(row),
    })),
    loss: {
      lossType: 'dapo',
      importanceSamplingLevel: 'token',
      epsilon: 0.2,
      epsilonHigh: 0.2,
      beta: 0.05,
      temperature: 1,
      maxCompletionLength: 32,
    },
    learningRate: 1e-3,
    maxGradNorm: 1,
    adamBeta1: 0.9,
    adamBeta2: 0.95,
    adamEpsilon: 1e-8,
    weightDecay: 0,
  })
  expect(report.skipped).toBe(false)
}

it(
  'decoding and training in many shapes, again and in another order, ends with the buffers there were',
  async () => {
    const batches: Lengths[] = [
      [[5, 3]],
      [
        [66, 5],
        [9, 2],
      ],
      [
        [3, 13],
        [6, 4],
        [8, 1],
      ],
    ]
    const both = async (lengths: Lengths) => {
      await decode(lengths)
      await train(lengths)
    }
    for (const lengths of batches) await both(lengths)
    const warm = held()
    expect(warm).toBeGreaterThan(100)
    for (const lengths of [...batches].reverse()) await both(lengths)
    expect(held()).toBe(warm)
  },
  PATIENCE,
)
