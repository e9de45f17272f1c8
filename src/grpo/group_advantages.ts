import type { AdvantageReport, AdvantageRequest } from './types'

/** Added to the standard deviation of rewards before the division, as in TRL. */
const STD_EPSILON = 1e-4

/**
 * Computes peer-calibrated rewards and group-relative advantages (docs/method.md, One step, 7 and 8).
 *
 * Calibration: R~_ik = R_ik + Σ_{l≠i} clip((R_ik - avg_l) / (max_l - min_l), ±1/(m-1)), over the rollouts of
 * peer l on the same question. A peer whose rewards are all equal adds nothing (ILR, arXiv 2509.26306).
 *
 * Advantage: R~ minus the mean of its own group, divided by (std + 1e-4) with Bessel's correction. std is
 * that of the group (`group`) or of all groups of the same peer (`batch`); with `none` nothing is divided. A
 * batch is one peer's, because each peer is its own policy. A group whose rewards are all equal has
 * advantages of exactly 0; a single rollout has std 0. CPU reference of `shaders/group_advantages.wgsl`, and
 * the wasm backend's implementation.
 */
export function groupAdvantages(request: AdvantageRequest): AdvantageReport {
  const { rewards, questions, peers, rollouts, calibrate, scaleRewards } = request
  const { calibrated, clipped, terms } = calibrate
    ? calibrateRewards(rewards, questions, peers, rollouts)
    : { calibrated: Float64Array.from(rewards), clipped: 0, terms: 0 }
  const shape = [questions, peers, rollouts] as const
  const advantages = normalize(calibrated, ...shape, scaleRewards)
  const uncalibrated = normalize(Float64Array.from(rewards), ...shape, scaleRewards)
  const zeroVariance = new Uint8Array(questions * peers)
  const relativeShift = new Float32Array(questions * peers)
  const largestShift = new Float32Array(questions * peers)
  let shift = 0
  for (let group = 0; group < zeroVariance.length; group++) {
    const start = group * rollouts
    const { min, max } = groupStatistics(rewards, start, rollouts)
    zeroVariance[group] = min === max ? 1 : 0
    let moved = 0
    let size = 0
    for (let n = start; n < start + rollouts; n++) {
      const change = Math.abs(advantages[n] - uncalibrated[n])
      moved += change
      size += Math.abs(uncalibrated[n])
      largestShift[group] = Math.max(largestShift[group], change)
    }
    relativeShift[group] = size === 0 ? 0 : moved / size
    shift += moved
  }
  return {
    calibrated: Float32Array.from(calibrated),
    advantages: Float32Array.from(advantages),
    clippedFraction: terms === 0 ? 0 : clipped / terms,
    shift: advantages.length === 0 ? 0 : shift / advantages.length,
    relativeShift,
    largestShift,
    zeroVariance,
  }
}

/**
 * Calibrates rewards. `terms` counts the calibration terms (a peer without range has none), `clipped` the cut
 * ones.
 */
function calibrateRewards(
  rewards: Float32Array,
  questions: number,
  peers: number,
  rollouts: number,
): { calibrated: Float64Array; clipped: number; terms: number } {
  const calibrated = Float64Array.from(rewards)
  const bound = 1 / (peers - 1)
  let clipped = 0
  let terms = 0
  for (let q = 0; q < questions; q++) {
    for (let other = 0; other < peers; other++) {
      const { mean, min, max } = groupStatistics(rewards, (q * peers + other) * rollouts, rollouts)
      if (max === min) continue
      for (let i = 0; i < peers; i++) {
        if (i === other) continue
        const start = (q * peers + i) * rollouts
        for (let k = 0; k < rollouts; k++) {
          const term = (rewards[start + k] - mean) / (max - min)
          calibrated[start + k] += Math.min(bound, Math.max(-bound, term))
          terms++
          if (Math.abs(term) > bound) clipped++
        }
      }
    }
  }
  return { calibrated, clipped, terms }
}

function groupStatistics(
  values: ArrayLike<number>,
  start: number,
  count: number,
): { mean: number; min: number; max: number; squares: number } {
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let k = start; k < start + count; k++) {
    sum += values[k]
    min = Math.min(min, values[k])
    max = Math.max(max, values[k])
  }
  const mean = sum / count
  let squares = 0
  for (let k = start; k < start + count; k++) {
    const difference = values[k] - mean
    squares += difference * difference
  }
  return { mean, min, max, squares }
}

function normalize(
  values: Float64Array,
  questions: number,
  peers: number,
  rollouts: number,
  scale: AdvantageRequest['scaleRewards'],
): Float64Array {
  const advantages = new Float64Array(values.length)
  for (let i = 0; i < peers; i++) {
    const batchStd = scale === 'batch' ? peerStd(values, questions, peers, rollouts, i) : 0
    for (let q = 0; q < questions; q++) {
      const start = (q * peers + i) * rollouts
      const { mean, min, max, squares } = groupStatistics(values, start, rollouts)
      // The mean of equal values has a rounding error, which the division by 1e-4 would make visible.
      if (min === max) continue
      const std = scale === 'batch' ? batchStd : Math.sqrt(squares / (rollouts - 1))
      const divisor = scale === 'none' ? 1 : std + STD_EPSILON
      for (let k = start; k < start + rollouts; k++) advantages[k] = (values[k] - mean) / divisor
    }
  }
  return advantages
}

function peerStd(
  values: Float64Array,
  questions: number,
  peers: number,
  rollouts: number,
  peer: number,
): number {
  const own = new Float64Array(questions * rollouts)
  for (let q = 0; q < questions; q++) {
    const start = (q * peers + peer) * rollouts
    own.set(values.subarray(start, start + rollouts), q * rollouts)
  }
  if (own.length < 2) return 0
  return Math.sqrt(groupStatistics(own, 0, own.length).squares / (own.length - 1))
}
