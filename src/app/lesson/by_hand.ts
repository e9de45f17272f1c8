/** What a pupil works out from a group's rewards, step by step, as the run does before the peers' rewards come in. */
import { groupAdvantages } from '../../grpo/group_advantages'

export interface WorkedGroup {
  readonly mean: number
  /** Reward − mean, of every rollout. */
  readonly differences: readonly number[]
  /** The standard deviation over one rollout less than there are, as spreadsheets' STDEV. */
  readonly spread: number
  /** Difference ÷ spread; 0 where all rewards are equal. */
  readonly advantages: readonly number[]
}

/** @param rewards of at least two rollouts */
export function workedOut(rewards: readonly number[]): WorkedGroup {
  const n = rewards.length
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / n
  const differences = rewards.map((reward) => reward - mean)
  const spread = Math.sqrt(differences.reduce((sum, one) => sum + one * one, 0) / (n - 1))
  const { advantages } = groupAdvantages({
    rewards: Float32Array.from(rewards),
    questions: 1,
    peers: 1,
    rollouts: n,
    calibrate: false,
    scaleRewards: 'group',
  })
  return { mean, differences, spread, advantages: [...advantages] }
}

/** What one other peer's rewards add to a reward, and the numbers that it is made of. */
export interface WorkedCalibration {
  /** Of the other peer's rewards on the same question. */
  readonly mean: number
  readonly range: number
  /** The most that one peer may add or take away. */
  readonly limit: number
  /** (Reward − mean) ÷ range, within the limit; 0 where the other's rewards are all equal. */
  readonly added: number
}

/** @param peers how many take part */
export function calibratedBy(reward: number, others: readonly number[], peers: number): WorkedCalibration {
  const mean = others.reduce((sum, one) => sum + one, 0) / others.length
  const range = Math.max(...others) - Math.min(...others)
  const limit = 1 / (peers - 1)
  const added = range === 0 ? 0 : Math.min(limit, Math.max(-limit, (reward - mean) / range))
  return { mean, range, limit, added }
}
