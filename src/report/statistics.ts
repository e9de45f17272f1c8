import { type Key, Stream } from '../random'
import { mean, sum } from './averages'
import { normalTail, tQuantile } from './student_t'

/** A mean with its 95 % confidence interval; a single value has none. */
export interface Estimate {
  readonly mean: number
  readonly interval: readonly [low: number, high: number] | null
  readonly n: number
}

const RESAMPLES = 10_000
const RESAMPLE_KEY: Key = [0x626f6f74, 0x73747261]

/** Indices of all resamples of n values, one resample after the other. A report asks for the same n a thousand times. */
const indicesOf = new Map<number, Uint32Array>()

/** With Bessel's correction; NaN below two values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1))
}

/** The mean and its 95 % bootstrap interval: no interval for one value, null for none. */
export function estimate(values: readonly number[]): Estimate | null {
  const n = values.length
  if (n === 0) return null
  return { mean: mean(values), interval: n === 1 ? null : bootstrapInterval(values), n }
}

/**
 * Expanded percentile interval (Hesterberg, What Teachers Should Know about the Bootstrap, 2014, arXiv 1411.5279): plain
 * percentiles are too narrow for few values, so the tails are cut further out, as far as Student's t is wider than a normal
 * distribution. A mean of resampled values never leaves the scale of the values; a t-interval does.
 */
function bootstrapInterval(values: readonly number[]): [low: number, high: number] {
  const n = values.length
  const indices = resamplesOf(n)
  const means = new Float64Array(RESAMPLES)
  for (let row = 0; row < RESAMPLES; row++) {
    let total = 0
    for (let i = row * n; i < (row + 1) * n; i++) total += values[indices[i]]
    means[row] = total / n
  }
  means.sort()
  const cut = Math.floor(tailOf(n) * RESAMPLES)
  return [means[cut], means[RESAMPLES - 1 - cut]]
}

/** Share of resampled means below the interval of n values, at least 2; as large is the share above it. */
export function tailOf(n: number): number {
  return normalTail(Math.sqrt(n / (n - 1)) * tQuantile(0.95, n - 1))
}

function resamplesOf(n: number): Uint32Array {
  const known = indicesOf.get(n)
  if (known) return known
  const stream = new Stream(RESAMPLE_KEY)
  const drawn = Uint32Array.from({ length: RESAMPLES * n }, () => stream.int(0, n - 1))
  indicesOf.set(n, drawn)
  return drawn
}

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
