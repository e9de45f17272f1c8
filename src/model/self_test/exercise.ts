/** A small random model that writes, scores and trains once: what the self-test compares. */

import { cos } from '../../exact_math'
import type { LossOptions } from '../../grpo/types'
import { Stream, seedKey } from '../../random'
import { scoped } from '../../scope'
import { loadBase } from '../base'
import type { ModelConfig } from '../import/config'
import type { AdapterState, UpdateRequest } from '../peer'
import type { Backend } from '../runtime'
import { randomModel } from '../weights/random_model'
import { modelInArrays } from '../weights/weight_source'

/** Results that every correct backend gives up to rounding. */
export interface Evidence {
  /** Greedy ids of each row: the first follows the prompt pass, the others a decode step each. */
  readonly tokens: readonly number[]
  /** Logprobs of those ids as decoding gives them. */
  readonly logprobs: readonly number[]
  /** Logprobs of `COMPLETIONS` in the forward pass of an update. */
  readonly scores: readonly number[]
  /** Sums of the gradient under random signs, so that few numbers depend on all its elements. */
  readonly gradient: readonly number[]
  /** Logprobs of `COMPLETIONS` after the update. */
  readonly trained: readonly number[]
}

/** One layer with grouped queries. Widths are whole 4-bit blocks, as in models of the hub. */
const CONFIG: ModelConfig = {
  modelType: 'llama',
  vocabSize: 96,
  hiddenSize: 128,
  intermediateSize: 256,
  layers: 1,
  heads: 4,
  kvHeads: 2,
  headDim: 32,
  rmsNormEpsilon: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 64,
  tiedEmbeddings: true,
}
/**
 * Ragged prompts; the longer one exceeds a 32-wide tile. These seeds are of 64 those whose greedy ids have the
 * largest probabilities, at least 0.57, so that f16 changes none.
 */
const PROMPTS = [drawIds(5, 50), drawIds(37, 35)]
/** Fixed texts to train on, so that a wrong greedy id changes nothing else. */
const COMPLETIONS = [drawIds(4, 1), drawIds(4, 2)]
const NEW_TOKENS = 4
const SIGN_SUMS = 24
/** Weight of the final norm. It makes logits far apart, so that rounding changes no greedy id. */
const SHARPNESS = 4
const LORA_RANK = 4

const LOSS: LossOptions = {
  lossType: 'dapo',
  importanceSamplingLevel: 'token',
  epsilon: 0.2,
  epsilonHigh: 0.2,
  beta: 0,
  temperature: 1,
  maxCompletionLength: 8,
}
/**
 * The first moments are the gradient. A large epsilon makes the step proportional to it; AdamW's usual step
 * would have the size of the learning rate even where the gradient is rounding.
 */
const UPDATE: UpdateRequest = {
  sequences: PROMPTS.map((promptIds, i) => ({
    promptIds,
    ids: COMPLETIONS[i],
    oldLogprobs: null,
    advantage: i === 0 ? 1 : -0.5,
  })),
  watched: PROMPTS.map((_, i) => i),
  loss: LOSS,
  learningRate: 0.01,
  maxGradNorm: 1e9,
  adamBeta1: 0,
  adamBeta2: 0.999,
  adamEpsilon: 1,
  weightDecay: 0,
}

/** Runs the model once. @throws as `loadBase` and a run of a peer do */
export function exercise(backend: Backend, f16 = false): Promise<Evidence> {
  return scoped(async (scope) => {
    const base = await loadBase(modelInArrays(sharpModel()), {
      source: 'the self-test model',
      ...{ backend, f16, threads: 1 },
      ...{ loraRank: LORA_RANK, loraAlpha: 2 * LORA_RANK },
    })
    const engine = scope.hold(await base.engine({ id: 'self-test', seed: 1 }), (made) => made.close())
    await engine.restore(withoutZeros(await engine.state()))
    const rows = PROMPTS.map((promptIds, i) => ({ promptIds, key: seedKey(i) }))
    // No id stops a row.
    const options = { temperature: 0, maxNewTokens: NEW_TOKENS, stops: [CONFIG.vocabSize] }
    const written = await engine.policy.generate(rows, options)
    const { watched } = await engine.policy.update(UPDATE)
    const { firstMoments } = await engine.state()
    return {
      tokens: written.flatMap(({ ids }) => ids),
      logprobs: written.flatMap(({ logprobs }) => logprobs),
      scores: watched.flatMap(({ loss }) => [...(loss?.logprobs ?? [])]),
      gradient: signSums(firstMoments[0]),
      trained: watched.flatMap(({ logprobs }) => [...logprobs]),
    }
  })
}

function sharpModel() {
  const model = randomModel(CONFIG)
  const finalNorm = model.weights.finalNorm.map((weight) => SHARPNESS * weight)
  return { ...model, weights: { ...model.weights, finalNorm } }
}

/** LoRA's B starts at zero, which would hide half of the gradient. */
function withoutZeros(state: AdapterState): AdapterState {
  const parameters = state.parameters.map((layer) =>
    layer.map((value, i) => (value === 0 ? 0.05 * cos(i) : value)),
  )
  return { ...state, parameters }
}

function signSums(values: Float32Array): number[] {
  return Array.from({ length: SIGN_SUMS }, (_, sum) => {
    const stream = new Stream(seedKey(sum))
    return values.reduce((total, value) => total + (stream.bits() & 1 ? value : -value), 0)
  })
}

function drawIds(count: number, seed: number): number[] {
  const stream = new Stream(seedKey(seed))
  return Array.from({ length: count }, () => stream.int(0, CONFIG.vocabSize - 1))
}
