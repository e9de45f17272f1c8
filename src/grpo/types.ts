/** Types of the GRPO functions. Option and statistic names follow TRL's GRPOTrainer. */

export type ScaleRewards = 'group' | 'batch' | 'none'
export type LossType = 'grpo' | 'dapo' | 'dr_grpo'
export type ImportanceSamplingLevel = 'token' | 'sequence'

/** Rewards of Q questions x m peers x G rollouts, flat and row-major. */
export interface AdvantageRequest {
  readonly rewards: Float32Array
  readonly questions: number
  readonly peers: number
  readonly rollouts: number
  /** Perception Calibration (docs/method.md: R̃ = R + Σ clip(...)); a no-op with one peer. */
  readonly calibrate: boolean
  readonly scaleRewards: ScaleRewards
}

/** Calibrated rewards and advantages. Arrays are (Q, m, G), flat. */
export interface AdvantageReport {
  readonly calibrated: Float32Array
  readonly advantages: Float32Array
  /** Share of calibration terms that hit the clip, in [0, 1]. */
  readonly clippedFraction: number
  /** Mean |A(R~) - A(R)|: how far calibration moves the advantages. */
  readonly shift: number
  /** (Q, m): mean |A(R~) - A(R)| / mean |A(R)| of the group; 0 where all its rewards are equal. */
  readonly relativeShift: Float32Array
  /** (Q, m): largest |A(R~) - A(R)| of the group. */
  readonly largestShift: Float32Array
  /** (Q, m): 1 where all rewards of the group are equal. */
  readonly zeroVariance: Uint8Array
}

export interface LossOptions {
  readonly lossType: LossType
  readonly importanceSamplingLevel: ImportanceSamplingLevel
  /** Clip range [1 - epsilon, 1 + epsilonHigh]. */
  readonly epsilon: number
  readonly epsilonHigh: number
  /** Weight of the k3 KL to the reference (the same peer with LoRA off); 0 skips the reference pass. */
  readonly beta: number
  /** Softmax temperature of the rollouts; logprobs are taken at this temperature. */
  readonly temperature: number
  /** dr_grpo divides by sequences x this length. */
  readonly maxCompletionLength: number
}

/** Means over trained tokens, or over sequences where importanceSamplingLevel is 'sequence'. */
export interface LossStatistics {
  readonly loss: number
  readonly kl: number
  readonly entropy: number
  readonly clipLow: number
  readonly clipHigh: number
  readonly clipRegion: number
  /** |trainer logprob - rollout logprob| over tokens with rollout logprobs. */
  readonly logpDifferenceMean: number
  readonly logpDifferenceMax: number
}
