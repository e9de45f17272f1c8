/** What a pupil works out from a group's rewards, step by step, as the run does before the peers' rewards come in. */
import { groupAdvantages } from '../../grpo/group_advantages'

/** At least two rewards less their mean, and divided by their spread: the standard deviation with n − 1, as spreadsheets' STDEV. */
export function workedOut(rewards: readonly number[]) {
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

/** What another peer's rewards on the same question add to a reward, at most an equal part of 1; and their mean and range. */
export function calibratedBy(reward: number, others: readonly number[], peers: number) {
  const mean = others.reduce((sum, one) => sum + one, 0) / others.length
  const range = Math.max(...others) - Math.min(...others)
  const limit = 1 / (peers - 1)
  const added = range === 0 ? 0 : Math.min(limit, Math.max(-limit, (reward - mean) / range))
  return { mean, range, added }
}
