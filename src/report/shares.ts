import { sum } from './averages'
import type { Estimate } from './statistics'

const Z = 1.959964

/** The share of true flags with Wilson's 95 % interval, which stays in [0, 1]; null for no flags. */
export function shareOf(flags: readonly boolean[]): Estimate | null {
  const n = flags.length
  if (n === 0) return null
  const share = sum(flags.map(Number)) / n
  const centre = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n)
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2))
  return { mean: share, interval: [Math.max(0, centre - half), Math.min(1, centre + half)], n }
}

/**
 * An area under the ROC curve with the 95 % interval of Hanley and McNeil (Radiology 143, 1982), cut to [0, 1]; null
 * where a class is empty.
 */
export function aucEstimate(area: number | null, positive: readonly boolean[]): Estimate | null {
  if (area === null) return null
  const n = positive.length
  const p = positive.filter(Boolean).length
  const both = p * (n - p)
  const [q1, q2] = [area / (2 - area), (2 * area ** 2) / (1 + area)]
  const variance = (area * (1 - area) + (p - 1) * (q1 - area ** 2) + (n - p - 1) * (q2 - area ** 2)) / both
  const half = Z * Math.sqrt(Math.max(0, variance))
  return { mean: area, interval: [Math.max(0, area - half), Math.min(1, area + half)], n }
}
