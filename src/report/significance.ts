import { type Key, Stream } from '../random'
import { sum } from './averages'
import { standardDeviation } from './statistics'
import { tQuantile } from './student_t'

/** Largest number of differences for which every assignment of signs is tried. */
const MOST_EXACT = 16
const SAMPLED_FLIPS = 20_000
const FLIP_KEY: Key = [0x666c6970, 0x7369676e]
/** Sums that differ by no more than this share are ties that rounding has pulled apart. */
const ROUNDING = 1e-12

/**
 * Two-sided p of the paired sign-flip test: the share of all 2^n assignments of signs to the differences whose sum is at
 * least as far from 0. Above 16 differences, assignments are sampled, the observed one counted among them.
 * @param differences at least one
 */
export function signFlipP(differences: readonly number[]): number {
  const n = differences.length
  const size = sum(differences.map(Math.abs))
  const least = Math.abs(sum(differences)) - ROUNDING * size
  const isFar = (signOf: (i: number) => number) =>
    Math.abs(sum(differences.map((difference, i) => signOf(i) * difference))) >= least
  let far = 0
  if (n <= MOST_EXACT) {
    const flips = 2 ** n
    for (let flip = 0; flip < flips; flip++) if (isFar((i) => ((flip >> i) & 1 ? -1 : 1))) far++
    return far / flips
  }
  const stream = new Stream(FLIP_KEY)
  for (let flip = 0; flip < SAMPLED_FLIPS; flip++) if (isFar(() => 2 * stream.int(0, 1) - 1)) far++
  return (far + 1) / (SAMPLED_FLIPS + 1)
}

/** The smallest p that the sign-flip test of n differences can give: all signs alike, either way. */
export function smallestP(n: number): number {
  return 2 ** (1 - n)
}

/** Corrects p values of one family for their number (Holm, 1979): below 0.05 means significant in spite of the others. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a] - ps[b])
  const corrected = new Array<number>(ps.length)
  let largest = 0
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * ps[i]))
    corrected[i] = largest
  })
  return corrected
}

/**
 * The difference that a paired two-sided 5 % t-test finds with a probability of 80 %, by the spread of the differences seen:
 * (t of 5 % + t of 80 %) · s / sqrt(n). Null below two differences.
 * @param n number of pairs of the planned test
 */
export function detectableDifference(differences: readonly number[], n: number): number | null {
  if (differences.length < 2) return null
  // One-sided 80 % is two-sided 60 %.
  const quantiles = tQuantile(0.95, n - 1) + tQuantile(0.6, n - 1)
  return (quantiles * standardDeviation(differences)) / Math.sqrt(n)
}
