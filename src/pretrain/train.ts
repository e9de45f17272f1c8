import { Trainer } from '../model/train/trainer'
import type { ModelWeights } from '../model/weights/weight_source'
import { deriveKey, seedKey } from '../random'
import { batch, learningRateAt } from './curriculum'
import { embeddedConfig } from './model_folder'
import type { PeerProfile } from './profiles'
import { movedBy, rounded } from './quantized'
import { corpusEncoder } from './tokenizer'

export interface TrainingOptions {
  readonly seed: number
  readonly steps: number
  /** Called after each step with loss, gradient norm and tokens so far. */
  readonly onStep: (step: number, loss: number, gradNorm: number, tokens: number) => void
}

const PEAK_LEARNING_RATE = 3e-3
const ADAMW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 }

/** Share of steps at the end in which the model computes with 4-bit weights, as shipped. */
const QUANTIZED_PHASE = 0.15

/**
 * Pretrains a peer from random weights. The same options give the same weights, bit for bit.
 * @returns weights in f32, and the number of tokens trained on
 */
export async function train(
  profile: PeerProfile,
  { seed, steps, onStep }: TrainingOptions,
): Promise<{ weights: ModelWeights; tokens: number }> {
  const config = embeddedConfig(profile.layers)
  const encoder = corpusEncoder(config.maxPositions)
  const name = Array.from(profile.id, (letter) => letter.codePointAt(0) ?? 0)
  const key = deriveKey(seedKey(seed), ...name)
  const trainer = await Trainer.create(config, key[0])
  let tokens = 0
  try {
    const step = async (index: number) => {
      const documents = batch(profile, encoder, key, index, index / steps)
      for (const { ids } of documents) tokens += ids.length
      const learningRate = learningRateAt(index, steps, PEAK_LEARNING_RATE)
      const { loss, gradNorm } = await trainer.step(documents, { ...ADAMW, learningRate })
      onStep(index + 1, loss, gradNorm, tokens)
    }
    const quantizedFrom = Math.round(steps * (1 - QUANTIZED_PHASE))
    for (let index = 0; index < quantizedFrom; index++) await step(index)
    // From here the gradient is taken at the rounded weights and applied to the exact ones
    // (straight-through).
    let exact = trainer.weights()
    for (let index = quantizedFrom; index < steps; index++) {
      const before = rounded(exact)
      trainer.load(before)
      await step(index)
      exact = movedBy(exact, before, trainer.weights())
    }
    return { weights: exact, tokens }
  } finally {
    await trainer.close()
  }
}
