import { Trainer, type TrainerState } from '../model/train/trainer'
import type { ModelWeights } from '../model/weights/weight_source'
import { deriveKey, seedKey } from '../random'
import { batch, learningRateAt } from './curriculum'
import { embeddedConfig } from './model_folder'
import type { PeerProfile } from './profiles'
import { movedBy, rounded } from './quantized'
import { corpusEncoder } from './tokenizer'

/** A training that was kept between two steps. */
export interface KeptTraining {
  /** Steps made. */
  readonly step: number
  readonly tokens: number
  /** Its values are the exact weights, also while the model computes with rounded ones. */
  readonly trainer: TrainerState
}

export interface TrainingOptions {
  readonly seed: number
  readonly steps: number
  /** Called after each step with loss, gradient norm and tokens so far. */
  readonly onStep: (step: number, loss: number, gradNorm: number, tokens: number) => void
  /** Where to continue; null begins. */
  readonly from: KeptTraining | null
  /** Called every `keepEvery` steps. */
  readonly keep: (kept: KeptTraining) => Promise<void>
  readonly keepEvery: number
}

const PEAK_LEARNING_RATE = 3e-3
const ADAMW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 }

/** Share of steps at the end in which the model computes with 4-bit weights, as shipped. */
const QUANTIZED_PHASE = 0.15

/**
 * Pretrains a peer from random weights. The same options give the same weights, bit for bit, also where a training
 * was ended and continues from what it kept.
 * @returns weights in f32, and the number of tokens trained on
 */
export async function train(
  profile: PeerProfile,
  { seed, steps, onStep, from, keep, keepEvery }: TrainingOptions,
): Promise<{ weights: ModelWeights; tokens: number }> {
  const config = embeddedConfig(profile.layers)
  const encoder = corpusEncoder(config.maxPositions)
  const name = Array.from(profile.id, (letter) => letter.codePointAt(0) ?? 0)
  const key = deriveKey(seedKey(seed), ...name)
  const trainer = await Trainer.create(config, key[0])
  let tokens = from?.tokens ?? 0
  try {
    if (from !== null) trainer.restore(from.trainer)
    const step = async (index: number) => {
      const documents = batch(profile, encoder, key, index, index / steps)
      for (const { ids } of documents) tokens += ids.length
      const learningRate = learningRateAt(index, steps, PEAK_LEARNING_RATE)
      const { loss, gradNorm } = await trainer.step(documents, { ...ADAMW, learningRate })
      onStep(index + 1, loss, gradNorm, tokens)
    }
    const quantizedFrom = Math.round(steps * (1 - QUANTIZED_PHASE))
    for (let index = from?.step ?? 0; index < steps; index++) {
      if (index < quantizedFrom) await step(index)
      else {
        // Here the gradient is taken at the rounded weights and applied to the exact ones (straight-through).
        const exact = trainer.weights()
        const before = rounded(exact)
        trainer.load(before)
        await step(index)
        trainer.load(movedBy(exact, before, trainer.weights()))
      }
      if ((index + 1) % keepEvery === 0) await keep({ step: index + 1, tokens, trainer: trainer.state() })
    }
    return { weights: trainer.weights(), tokens }
  } finally {
    await trainer.close()
  }
}
