import { exp } from '../exact_math'
import type { ImportanceSamplingLevel, LossOptions, LossStatistics } from './types'

/** How the loss treats a packed token. */
export const TOKEN_KIND = {
  /** Prompt, padding or masked: no loss, no gradient. */
  ignored: 0,
  /** Sampled by the policy under training: clipped importance ratio against the rollout logprob. */
  onPolicy: 1,
  /**
   * Sampled in another context: weight 1 without ratio or clip. Loss -A as if the ratio were 1, gradient
   * -A·dlogp.
   */
  replayed: 2,
} as const

/** Packed tokens of S whole sequences. Arrays are (T) except `offsets` and `advantage`. */
export interface LossBatch {
  /** (S + 1): the tokens of sequence s are offsets[s] … offsets[s + 1] - 1; offsets[S] = T. */
  readonly offsets: Uint32Array
  /** One of TOKEN_KIND. */
  readonly kind: Uint32Array
  /** Logprob under the policy under training. */
  readonly logp: Float32Array
  /** Logprob under the policy that sampled the token; read where kind is onPolicy. */
  readonly old: Float32Array
  /** Logprob under the reference (LoRA off); may be null where beta is 0. */
  readonly reference: Float32Array | null
  /** For statistics only; null where unknown. */
  readonly entropy: Float32Array | null
  /** (S). */
  readonly advantage: Float32Array
}

/** Counts of the whole batch, so that the losses of its micro-batches add up to the batch's loss. */
export interface LossNormalizer {
  /** Number of all sequences, including masked ones, as in TRL. */
  readonly sequences: number
  /** Number of trained tokens (kind not ignored). */
  readonly tokens: number
}

/** Sums that add up over micro-batches, except logpDifferenceMax. */
export interface LossSums {
  /** Already normalised, so it adds up to the loss of the batch. */
  readonly loss: number
  readonly tokens: number
  readonly kl: number
  readonly entropy: number
  /** Tokens with an importance ratio; with importanceSamplingLevel 'sequence', sequences with one. */
  readonly ratios: number
  readonly clipLow: number
  readonly clipHigh: number
  /** On-policy tokens, and |logp - old| over them. */
  readonly onPolicyTokens: number
  readonly logpDifference: number
  readonly logpDifferenceMax: number
}

/** Sums during addition. */
export type MutableSums = { -readonly [name in keyof LossSums]: number }

/** Order of the sums in the (S, LOSS_SUMS.length) output of `shaders/grpo_loss.wgsl`. */
export const LOSS_SUMS = [
  'loss',
  'tokens',
  'kl',
  'entropy',
  'ratios',
  'clipLow',
  'clipHigh',
  'onPolicyTokens',
  'logpDifference',
  'logpDifferenceMax',
] as const satisfies readonly (keyof LossSums)[]

export function lossNormalizer(batches: readonly Pick<LossBatch, 'kind' | 'advantage'>[]): LossNormalizer {
  let sequences = 0
  let tokens = 0
  for (const { kind, advantage } of batches) {
    sequences += advantage.length
    for (let t = 0; t < kind.length; t++) if (kind[t] !== TOKEN_KIND.ignored) tokens++
  }
  return { sequences, tokens }
}

/** Returns the weight of each trained token of a sequence in the loss of the batch. */
export function tokenWeight(
  options: Pick<LossOptions, 'lossType' | 'maxCompletionLength'>,
  normalizer: LossNormalizer,
  sequenceTokens: number,
): number {
  switch (options.lossType) {
    case 'grpo':
      return 1 / (Math.max(1, sequenceTokens) * normalizer.sequences)
    case 'dapo':
      return 1 / Math.max(1, normalizer.tokens)
    case 'dr_grpo':
      return 1 / (normalizer.sequences * options.maxCompletionLength)
  }
}

/**
 * Returns the importance ratio of each token (T) in the loss: e^(logp - old), or with level 'sequence' (GSPO)
 * e^(mean of logp - old) over the on-policy tokens of its sequence; 1 for tokens without a ratio.
 */
export function importanceRatios(
  { offsets, kind, logp, old }: Pick<LossBatch, 'offsets' | 'kind' | 'logp' | 'old'>,
  level: ImportanceSamplingLevel,
): Float64Array {
  const ratios = new Float64Array(kind.length).fill(1)
  for (let s = 0; s + 1 < offsets.length; s++) {
    let onPolicy = 0
    let logRatio = 0
    for (let t = offsets[s]; t < offsets[s + 1]; t++) {
      if (kind[t] !== TOKEN_KIND.onPolicy) continue
      onPolicy++
      logRatio += logp[t] - old[t]
      if (level === 'token') ratios[t] = exp(logp[t] - old[t])
    }
    if (level === 'token' || onPolicy === 0) continue
    const ratio = exp(logRatio / onPolicy)
    for (let t = offsets[s]; t < offsets[s + 1]; t++) if (kind[t] === TOKEN_KIND.onPolicy) ratios[t] = ratio
  }
  return ratios
}

/** Side on which a ratio is clipped, or null. A clipped token has no gradient. */
export type Clip = 'low' | 'high' | null

export function clipOf(
  ratio: number,
  advantage: number,
  { epsilon, epsilonHigh }: Pick<LossOptions, 'epsilon' | 'epsilonHigh'>,
): Clip {
  if (ratio < 1 - epsilon && advantage < 0) return 'low'
  return ratio > 1 + epsilonHigh && advantage > 0 ? 'high' : null
}

/**
 * Computes the clipped surrogate -min(ρA, clip(ρ, 1-ε, 1+ε_high)·A) + β·k3 with k3 = e^(ref-logp) -
 * (ref-logp) - 1, and coef (T) = d loss / d logp, with ρ of `importanceRatios`. Options as in TRL's
 * GRPOTrainer. CPU reference of `shaders/grpo_loss.wgsl`, and the wasm backend's implementation.
 */
export function grpoLoss(
  batch: LossBatch,
  options: LossOptions,
  normalizer: LossNormalizer,
): { coef: Float32Array; sums: LossSums } {
  const { offsets, kind, logp, old, reference, entropy, advantage } = batch
  const low = 1 - options.epsilon
  const high = 1 + options.epsilonHigh
  const perSequence = options.importanceSamplingLevel === 'sequence'
  const ratios = importanceRatios(batch, options.importanceSamplingLevel)
  const coef = new Float32Array(kind.length)
  const sums: MutableSums = { ...NO_SUMS }
  for (let s = 0; s < advantage.length; s++) {
    const a = advantage[s]
    let trained = 0
    let onPolicy = 0
    let sequenceRatio = 1
    for (let t = offsets[s]; t < offsets[s + 1]; t++) {
      if (kind[t] !== TOKEN_KIND.ignored) trained++
      if (kind[t] !== TOKEN_KIND.onPolicy) continue
      onPolicy++
      sequenceRatio = ratios[t]
      const difference = logp[t] - old[t]
      sums.logpDifference += Math.abs(difference)
      // Math.max keeps a NaN; a comparison would drop it.
      sums.logpDifferenceMax = Math.max(sums.logpDifferenceMax, Math.abs(difference))
    }
    const weight = tokenWeight(options, normalizer, trained)
    let loss = 0
    for (let t = offsets[s]; t < offsets[s + 1]; t++) {
      if (kind[t] === TOKEN_KIND.ignored) continue
      let term = -a
      let slope = -a
      if (kind[t] === TOKEN_KIND.onPolicy) {
        const ratio = ratios[t]
        const clipped = Math.min(high, Math.max(low, ratio))
        term = -Math.min(ratio * a, clipped * a)
        slope = clipOf(ratio, a, options) === null ? -a * ratio : 0
        if (!perSequence) countClip(sums, clipOf(ratio, a, options))
      }
      if (options.beta !== 0 && reference !== null) {
        const gap = reference[t] - logp[t]
        const kl = exp(gap) - gap - 1
        term += options.beta * kl
        slope += options.beta * (1 - exp(gap))
        sums.kl += kl
      }
      loss += term
      coef[t] = weight * slope
      if (entropy !== null) sums.entropy += entropy[t]
    }
    if (perSequence && onPolicy > 0) countClip(sums, clipOf(sequenceRatio, a, options))
    sums.loss += weight * loss
    sums.tokens += trained
    sums.onPolicyTokens += onPolicy
  }
  return { coef, sums }
}

function countClip(sums: Pick<MutableSums, 'ratios' | 'clipLow' | 'clipHigh'>, clip: Clip): void {
  sums.ratios++
  if (clip === 'low') sums.clipLow++
  if (clip === 'high') sums.clipHigh++
}

/** Sums over no tokens. */
export const NO_SUMS: Readonly<LossSums> = {
  loss: 0,
  tokens: 0,
  kl: 0,
  entropy: 0,
  ratios: 0,
  clipLow: 0,
  clipHigh: 0,
  onPolicyTokens: 0,
  logpDifference: 0,
  logpDifferenceMax: 0,
}

/** Adds the sums of several parts of a batch. */
export function addLossSums(parts: readonly LossSums[]): LossSums {
  const total: MutableSums = { ...NO_SUMS }
  for (const part of parts)
    for (const name of LOSS_SUMS)
      total[name] =
        name === 'logpDifferenceMax' ? Math.max(total[name], part[name]) : total[name] + part[name]
  return total
}

/**
 * Returns the statistics of a batch from the sums of its micro-batches: kl and entropy over trained tokens,
 * clip fractions over tokens (or sequences) with an importance ratio, logp differences over on-policy tokens.
 */
export function lossStatistics(parts: readonly LossSums[]): LossStatistics {
  const total = addLossSums(parts)
  const tokens = Math.max(1, total.tokens)
  const ratios = Math.max(1, total.ratios)
  return {
    loss: total.loss,
    kl: total.kl / tokens,
    entropy: total.entropy / tokens,
    clipLow: total.clipLow / ratios,
    clipHigh: total.clipHigh / ratios,
    clipRegion: (total.clipLow + total.clipHigh) / ratios,
    logpDifferenceMean: total.logpDifference / Math.max(1, total.onPolicyTokens),
    logpDifferenceMax: total.logpDifferenceMax,
  }
}
