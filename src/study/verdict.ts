import type { Estimate } from '../report/statistics'

/** What a claim asks of a mean over seeds: to be at least, or at most, a value. Numbers are shares of 1. */
export interface Bar {
  readonly direction: 'at least' | 'at most'
  readonly value: number
}

export type Verdict = 'holds' | 'contradicted' | 'undecided' | 'not measured'

/** A claim holds only where its p, corrected for the other claims, is below this. */
export const SIGNIFICANCE = 0.05

/**
 * A claim holds where its whole interval meets the bar and its corrected p is small. It is contradicted where its whole
 * interval misses the bar. Everything else is undecided.
 * @param p two-sided, of a test against the bar, corrected for the number of claims
 */
export function verdictOf({ direction, value }: Bar, estimate: Estimate | null, p: number): Verdict {
  if (estimate === null) return 'not measured'
  if (estimate.interval === null) return 'undecided'
  const [low, high] = estimate.interval
  const [meets, misses] =
    direction === 'at least' ? [low >= value, high < value] : [high <= value, low > value]
  if (misses) return 'contradicted'
  return meets && p < SIGNIFICANCE ? 'holds' : 'undecided'
}
