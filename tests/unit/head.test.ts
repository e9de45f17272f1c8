import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lossNormalizer, TOKEN_KIND } from '../../src/grpo/grpo_loss'
import { tokenLogprobs, tokenLogprobsGrad } from '../../src/grpo/token_logprobs'
import type { LossOptions } from '../../src/grpo/types'
import { OrtHead } from '../../src/model/ort_head'
import { Runtime } from '../../src/model/runtime'
import { dequantize, quantizeBlocks } from '../../src/model/weights/quantize'
import { Stream, seedKey } from '../../src/random'
import { relativeError } from '../reference/central_differences'
import { randomVector, smallConfig } from '../reference/small_model'

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.create({ backend: 'wasm', threads: 1 })
})
afterAll(() => runtime.close())

const OPTIONS: LossOptions = {
  lossType: 'grpo',
  epsilon: 0.2,
  epsilonHigh: 0.2,
  beta: 0,
  importanceSamplingLevel: 'token',
  temperature: 0.7,
  maxCompletionLength: 8,
}

// Less than one tile of the vocabulary, exactly one, and several with a partial one.
describe.each([19, 128, 700])('a head of %i tokens, in tiles', (vocabSize) => {
  const config = smallConfig('llama', { vocabSize })
  const width = config.hiddenSize
  const stream = new Stream(seedKey(8))
  // Logits reach ±40: a sum of exponentials without subtracting the maximum would overflow.
  const data = randomVector(vocabSize * width, stream, 3)
  // More ids than one run of the largest tile takes.
  const ids = Int32Array.from({ length: 650 }, (_, i) => (37 * i) % vocabSize)
  const hidden = randomVector(ids.length * width, stream, 3)
  const input = {
    hidden,
    head: { kind: 'f32', out: vocabSize, in: width, data } as const,
    ids: Uint32Array.from(ids),
    temperature: OPTIONS.temperature,
  }
  const wanted = tokenLogprobs(input)
  const open = async () => {
    const head = await OrtHead.create(runtime, config, input.head)
    return { head, hidden: runtime.floats(hidden, [ids.length, width]) }
  }

  test('logprobs are those of the reference', async () => {
    const { head, hidden } = await open()
    const found = await head.logprobs(hidden, ids, OPTIONS.temperature)
    expect(relativeError(found, Float64Array.from(wanted.logprob))).toBeLessThan(1e-6)
  })

  test.each([4, 8] as const)('a head in blocks of %i bits equals its f32 values', async (bits) => {
    const blocks = quantizeBlocks(input.head, bits)
    const batch = {
      ids,
      offsets: Uint32Array.of(0, ids.length),
      kind: new Uint32Array(ids.length).fill(TOKEN_KIND.onPolicy),
      old: new Float32Array(ids.length),
      reference: null,
      watched: [],
      advantage: Float32Array.of(1),
    }
    const [found, dense] = await Promise.all(
      [blocks, dequantize(blocks)].map(async (matrix) => {
        const head = await OrtHead.create(runtime, config, matrix)
        const states = runtime.floats(hidden, [ids.length, width])
        const logprobs = await head.logprobs(states, ids, OPTIONS.temperature)
        const { dhidden } = await head.loss(states, batch, OPTIONS, lossNormalizer([batch]))
        return { logprobs, gradient: await runtime.read(dhidden) }
      }),
    )
    expect(found).toEqual(dense)
  })

  test('entropy and the gradient are those of the reference', async () => {
    const { head, hidden } = await open()
    const batch = {
      ids,
      offsets: Uint32Array.of(0, ids.length),
      kind: new Uint32Array(ids.length).fill(TOKEN_KIND.onPolicy),
      old: wanted.logprob,
      reference: null,
      watched: [],
      advantage: Float32Array.of(1),
    }
    const { dhidden, sums } = await head.loss(hidden, batch, OPTIONS, lossNormalizer([batch]))
    const entropy = wanted.entropy.reduce((sum, value) => sum + value)
    expect(Math.abs((await sums).entropy - entropy)).toBeLessThan(1e-4 * Math.abs(entropy) + 1e-5)
    // At ratio 1 the loss of one sequence is -mean(advantage · logprob).
    const coef = new Float32Array(ids.length).fill(-1 / ids.length)
    const gradient = tokenLogprobsGrad({ ...input, coef, logSumExp: wanted.logSumExp })
    expect(relativeError(await runtime.read(dhidden), Float64Array.from(gradient))).toBeLessThan(1e-5)
  })
})
