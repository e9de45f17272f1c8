/**
 * A policy's GPU memory does not grow when it repeats work or fails. The test counts the buffers that are
 * created and destroyed, including those of ONNX Runtime.
 */

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BaseParts } from '../../src/model/base_parts'
import { UPDATE } from '../data/update_request'
import '../../src/bench/lab/watch'
import { disposeState } from '../../src/model/decode/decode'
import type { UpdateRequest } from '../../src/model/peer'
import { Policy } from '../../src/model/policy'
import { initialLora } from '../../src/model/train/lora'
import { createParts } from '../../src/model/webgpu_base'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { deriveKey, Stream, seedKey } from '../../src/random'
import { randomWeights, smallConfig } from '../reference/small_model'

/** A software GPU adapter compiles every kernel again for each device. */
const PATIENCE = 300_000

const VOCABULARY = 19
const OPTIONS = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
}
const config = smallConfig('llama', { layers: 1, hiddenSize: 32, intermediateSize: 64, maxPositions: 128 })
let parts: BaseParts
let own: Awaited<ReturnType<BaseParts['attach']>>

/** Makes a policy on the base, with some parts replaced. */
function policyWith(other: Partial<ConstructorParameters<typeof Policy>[0]> = {}): Policy {
  return new Policy({ ...parts, ...own, maxPositions: config.maxPositions, ...other })
}

beforeAll(async () => {
  const model = modelInArrays({ config, weights: randomWeights(config, 3, 4) })
  const options = { source: 'a random model', loraRank: 2, loraAlpha: 4, threads: 1 }
  parts = await createParts(model, { ...options, backend: 'webgpu' })
  own = await parts.attach(initialLora(config, 2, seedKey(1)), true)
}, PATIENCE)
afterAll(async () => {
  await own.decoder.close()
  own.adapter.close()
  await parts.close()
})

function held(): number {
  if (!globalThis.colloquyWatch) throw new Error('nobody counts')
  return globalThis.colloquyWatch.gpu.buffers
}

/** Tokens of the prompt and of the completion of each sequence of a batch. */
type Lengths = readonly (readonly [prompt: number, completion: number])[]

/** Returns token ids whose first differs between sequences, so that packing joins none. */
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
  await policyWith().generate(rows, { temperature: 1, maxNewTokens, stops: [] })
}

function updateOf(lengths: Lengths): UpdateRequest {
  const stream = new Stream(seedKey(3))
  return {
    sequences: lengths.map(([prompt, completion], row) => ({
      promptIds: tokens(prompt, stream, row),
      ids: tokens(completion, stream, row),
      oldLogprobs: Array.from({ length: completion }, () => -3),
      advantage: Math.cos(row),
    })),
    ...UPDATE,
    loss: { ...UPDATE.loss, beta: 0.05 },
    learningRate: 1e-3,
  }
}

async function train(lengths: Lengths): Promise<void> {
  expect((await policyWith().update(updateOf(lengths))).skipped).toBe(false)
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
    // In the other order the pools need a few buffers more, once.
    for (const lengths of [...batches, ...[...batches].reverse()]) await both(lengths)
    const warm = held()
    expect(warm).toBeGreaterThan(100)
    for (const lengths of [...batches, ...[...batches].reverse()]) await both(lengths)
    expect(held()).toBe(warm)
  },
  PATIENCE,
)

/** Wraps a part so that one method does its work and then fails. */
function failingAfter<T extends object>(part: T, method: keyof T & string): T {
  const done = part[method]
  if (typeof done !== 'function') throw new TypeError(`${method} is no method`)
  const value = async (...given: unknown[]) => {
    await Reflect.apply(done, part, given)
    throw new Error(`${method} failed`)
  }
  return Object.create(part, { [method]: { value } })
}

/** Wraps a part so that one method fails before it does anything. */
function failing<T extends object>(part: T, method: keyof T & string): T {
  const value = () => Promise.reject(new Error(`${method} failed`))
  return Object.create(part, { [method]: { value } })
}

it.each([
  ['in the loss', () => policyWith({ head: failing(parts.head, 'loss') }).update(updateOf([[5, 3]]))],
  [
    'in scoring the reference',
    () => policyWith({ head: failing(parts.head, 'logprobs') }).update(updateOf([[5, 3]])),
  ],
  [
    'before the backward pass',
    () => policyWith({ transformer: failing(parts.transformer, 'backward') }).update(updateOf([[5, 3]])),
  ],
  [
    'after it',
    () => policyWith({ transformer: failingAfter(parts.transformer, 'backward') }).update(updateOf([[5, 3]])),
  ],
  ['in AdamW, for want of a gradient', () => own.adapter.update([], OPTIONS)],
  [
    'in a chunk, for keys of another shape',
    async () => {
      const state = await own.decoder.prefill(Int32Array.of(1, 2, 3, 4), [4], 4)
      const chunk = {
        state,
        rows: Int32Array.of(0),
        positions: Float32Array.of(4),
        mask: new Float32Array(state.slots),
        ages: new Float32Array(state.slots),
        steps: 2,
        keys: new Uint32Array(64),
        written: 0,
        temperature: 1,
        stops: [],
      }
      try {
        // More tries than the pool has free buffers of this size.
        for (let n = 0; n < 40; n++) await expect(own.decoder.chunk(chunk)).rejects.toThrow()
        await own.decoder.chunk(chunk)
      } finally {
        disposeState(state)
      }
    },
  ],
  [
    'while tokens are told',
    () => {
      const rows = [{ promptIds: [1, 2, 3], key: seedKey(5) }]
      return policyWith().generate(rows, { temperature: 1, maxNewTokens: 2, stops: [] }, () => {
        throw new Error('nobody listens')
      })
    },
  ],
])(
  'what fails %s leaves nothing on the GPU',
  async (_, fail) => {
    const twice = async () => {
      await expect(fail()).rejects.toThrow()
      await expect(fail()).rejects.toThrow()
    }
    await twice()
    const warm = held()
    await twice()
    expect(held()).toBe(warm)
  },
  PATIENCE,
)
