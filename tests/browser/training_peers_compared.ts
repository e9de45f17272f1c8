/** Compares a training step in other libraries with ours. */
import { expect, it } from 'vitest'
import { openTrainingPeers, type TrainingPeers } from '../../src/bench/rivals/training_peer'
import { type TrainingProblem, trainingProblem } from '../../src/bench/rivals/training_problem'
import type { LossOptions } from '../../src/grpo/types'
import { Base } from '../../src/model/base'
import type { ModelConfig } from '../../src/model/import/config'
import type { ModelFolder } from '../../src/model/import/folder'
import type { Backend } from '../../src/model/runtime'
import { initialLora } from '../../src/model/train/lora'
import { createParts } from '../../src/model/wasm_base'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { Stream, seedKey } from '../../src/random'
import { relativeError } from '../reference/central_differences'
import { randomWeights, smallConfig } from '../reference/small_model'

const CLOSE = 1e-4
const lora = { rank: 3, alpha: 6 }
/** A large epsilon: a gradient near zero moves its parameter in proportion, not by its sign. */
const optimizer = {
  learningRate: 1e-2,
  maxGradNorm: 0.1,
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-2,
  weightDecay: 0.1,
}
const loss: LossOptions = {
  lossType: 'dapo',
  importanceSamplingLevel: 'token',
  epsilon: 0.2,
  epsilonHigh: 0.2,
  beta: 0,
  temperature: 1,
  maxCompletionLength: 6,
}

/** Makes prompts and completions of many lengths, one without an advantage. */
function rollouts(vocabSize: number, count: number) {
  const stream = new Stream(seedKey(5))
  const random = (length: number) =>
    Array.from({ length }, () => 1 + Math.floor(stream.uniform() * (vocabSize - 1)))
  return Array.from({ length: count }, (_, i) => ({
    promptIds: random(3 + (i % 5)),
    ids: random(1 + (i % 6)),
    advantage: i === 2 ? 0 : 1.5 * Math.cos(i),
  }))
}

/** Makes a random model with an adapter whose B is not zero, because zero would hide half of the gradient. */
export function smallProblem(
  folder: Pick<ModelFolder, 'config' | 'weights'>,
  count: number,
  tokensPerPass: number,
) {
  const parameters = initialLora(folder.config, lora.rank, seedKey(2)).map((layer) =>
    layer.map((value, i) => (value === 0 ? 0.2 * Math.cos(i) : value)),
  )
  const sequences = rollouts(folder.config.vocabSize, count)
  const problem = trainingProblem(folder, sequences, {
    lora: { ...lora, parameters },
    optimizer,
    tokensPerPass,
  })
  return { sequences, problem }
}

/** Computes the same step with `Policy.update`. */
async function ours(folder: ModelFolder, { sequences, problem }: ReturnType<typeof smallProblem>) {
  const options = { source: 'a random model', backend: 'wasm', threads: 1 } as const
  const parts = await createParts(modelInArrays(folder), {
    ...options,
    loraRank: lora.rank,
    loraAlpha: lora.alpha,
  })
  const engine = await new Base(folder.config, lora.rank, parts).engine({ id: 'small', seed: 1 })
  const start = { ...(await engine.state()), parameters: problem.lora.parameters }
  await engine.restore(start)
  const request = {
    sequences: sequences.map((sequence) => ({ ...sequence, oldLogprobs: null })),
    loss,
    ...optimizer,
  }
  const logprobs = await engine.policy.logprobs(sequences, 1)
  const { gradNorm } = await engine.policy.update(request)
  const { parameters } = await engine.state()
  await engine.restore(start)
  // The first moment is then the gradient itself.
  await engine.policy.update({ ...request, adamBeta1: 0, maxGradNorm: 1e9 })
  const { firstMoments: gradients } = await engine.state()
  await engine.close()
  const sum = logprobs.reduce(
    (all, values, i) => all + sequences[i].advantage * values.reduce((a, b) => a + b, 0),
    0,
  )
  return { loss: -sum / problem.tokens, gradNorm, parameters, gradients, logprobs }
}

const flat = (layers: readonly Float32Array[]) => layers.flatMap((layer) => [...layer])

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length)
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])))
}

/** Compares each library's gradients, logprobs and step with ours. */
async function expectSame(
  { peers, missing }: TrainingPeers,
  problem: TrainingProblem,
  own: Awaited<ReturnType<typeof ours>>,
) {
  expect(missing).toEqual([])
  expect(peers.map(({ name }) => name)).toEqual(['jax-js', 'TensorFlow.js'])
  const start = flat(problem.lora.parameters)
  const change = (parameters: readonly Float32Array[]) => flat(parameters).map((value, i) => value - start[i])
  const wanted = flat(own.gradients)
  const largest = Math.max(...wanted.map(Math.abs))
  expect(largest).toBeGreaterThan(1e-3)
  for (const peer of peers) {
    const gradients = flat(await peer.gradients())
    expect(largestDifference(gradients, wanted) / largest, `gradients of ${peer.name}`).toBeLessThan(CLOSE)
    const logprobs = (await peer.forward()).map((values, batch) =>
      values.reduce((sum, value, t) => sum + value * problem.batches[batch].coefficients[t], 0),
    )
    expect(-logprobs.reduce((a, b) => a + b, 0)).toBeCloseTo(own.loss, 4)

    const report = await peer.step()
    expect(report.loss).toBeCloseTo(own.loss, 4)
    expect(report.gradNorm).toBeGreaterThan(optimizer.maxGradNorm)
    expect(report.gradNorm / own.gradNorm).toBeCloseTo(1, 4)
    const parameters = await peer.parameters()
    expect(largestDifference(flat(parameters), flat(own.parameters))).toBeLessThan(CLOSE)
    expect(relativeError(change(parameters), change(own.parameters)), peer.name).toBeLessThan(1e-3)
    // Parameters and moments stay on the device, and the next step continues from them.
    expect((await peer.step()).loss).toBeLessThan(report.loss)
  }
}

export function randomFolder(config: ModelConfig, bits: 4 | 32): ModelFolder {
  const weights = randomWeights(config, 9, bits)
  return { config, weights, tokenizerJson: {}, tokenizerConfig: {}, stopIds: [0] }
}

/** Compares a step of each library with ours. */
export async function compare(folder: ModelFolder, small: ReturnType<typeof smallProblem>, backend: Backend) {
  const opened = await openTrainingPeers(small.problem, backend, 1)
  try {
    await expectSame(opened, small.problem, await ours(folder, small))
  } finally {
    for (const peer of opened.peers) peer.close()
  }
}

/** A family of decoders, with weights as its files hold them. */
export interface Family {
  readonly family: 'llama' | 'qwen2' | 'qwen3'
  readonly bits: 4 | 32
  readonly tiedEmbeddings: boolean
}

/** Tests that other libraries' training steps on wasm match ours: loss, gradients, parameters. */
export function testFamilies(families: readonly Family[]): void {
  it.each(families)(
    'a training step of a $family decoder on wasm is the same in other libraries',
    async ({ family, bits, tiedEmbeddings }) => {
      // The vocabulary and the lengths are no multiples of four; there is more than one batch.
      const shape = { vocabSize: 38, hiddenSize: 32, intermediateSize: 64, headDim: 8, tiedEmbeddings }
      const folder = randomFolder(smallConfig(family, shape), bits)
      const small = smallProblem(folder, 14, 96)
      expect(small.problem.batches.length).toBeGreaterThan(1)
      await compare(folder, small, 'wasm')
    },
  )
}
