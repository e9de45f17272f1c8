import type { LossBatch } from '../../src/grpo/grpo_loss'
import type { AdvantageRequest, LossOptions, ScaleRewards } from '../../src/grpo/types'
import table from './grpo_table.json'

/** `grpo_table.json`, typed for the code under test; `grpo_table.py` derives it. */
export const ADVANTAGE_CASES: readonly {
  name: string
  request: AdvantageRequest
  expected: (typeof table.advantages)[number]
}[] = table.advantages.map((expected) => ({
  name: expected.name,
  request: {
    rewards: Float32Array.from(expected.rewards),
    questions: expected.questions,
    peers: expected.peers,
    rollouts: expected.rollouts,
    calibrate: expected.calibrate,
    scaleRewards: expected.scaleRewards as ScaleRewards,
  },
  expected,
}))

const { batch } = table.loss

export const LOSS_BATCH: LossBatch = {
  offsets: Uint32Array.from(batch.offsets),
  kind: Uint32Array.from(batch.kind),
  logp: Float32Array.from(batch.logp),
  old: Float32Array.from(batch.old),
  reference: Float32Array.from(batch.reference),
  entropy: Float32Array.from(batch.entropy),
  advantage: Float32Array.from(batch.advantage),
}

export const RATIO_CASES = (['token', 'sequence'] as const).map((level) => ({
  level,
  epsilon: table.loss.epsilon,
  epsilonHigh: table.loss.epsilonHigh,
  ...table.loss.levels[level],
}))

export const LOSS_CASES: readonly {
  name: string
  options: LossOptions
  expected: { coef: readonly number[]; statistics: Readonly<Record<string, number>> }
}[] = table.loss.cases.map(({ lossType, importanceSamplingLevel, beta, coef, statistics }) => ({
  name: `${lossType}, ${importanceSamplingLevel} ratios, beta ${beta}`,
  options: {
    lossType: lossType as LossOptions['lossType'],
    importanceSamplingLevel: importanceSamplingLevel as LossOptions['importanceSamplingLevel'],
    beta,
    epsilon: table.loss.epsilon,
    epsilonHigh: table.loss.epsilonHigh,
    maxCompletionLength: table.loss.maxCompletionLength,
    temperature: 1,
  },
  expected: { coef, statistics },
}))

export const ADAMW_TABLE = table.adamw
