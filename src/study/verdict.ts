import type { Estimate } from '../report/statistics'

/** What a claim asks of a mean over seeds and its 95 % confidence interval. Numbers are shares of 1. */
export type Bar =
  /** The mean is at least this, and all of the interval is above 0. */
  | { readonly kind: 'gain'; readonly least: number }
  /** All of the interval is at least this. */
  | { readonly kind: 'at-least'; readonly least: number }
  /** All of the interval is at most this. */
  | { readonly kind: 'at-most'; readonly most: number }
  /** All of the interval is above −1 point: no loss that matters. */
  | { readonly kind: 'not-worse' }
  /** The interval has 0 in it or is above it. */
  | { readonly kind: 'as-good' }

export type Verdict = 'holds' | 'does not hold' | 'undecided' | 'not measured'

/** A difference smaller than this is none: what `not worse` allows for. */
const NEGLIGIBLE = 0.01

/** A claim holds, or does not, only where the interval leaves no other reading; without an interval nothing is decided. */
export function verdictOf(bar: Bar, estimate: Estimate | null): Verdict {
  if (estimate === null) return 'not measured'
  if (estimate.interval === null) return 'undecided'
  const [low, high] = estimate.interval
  const decided = (holds: boolean, fails: boolean): Verdict =>
    holds ? 'holds' : fails ? 'does not hold' : 'undecided'
  switch (bar.kind) {
    case 'gain':
      return decided(estimate.mean >= bar.least && low > 0, high < bar.least || high <= 0)
    case 'at-least':
      return decided(low >= bar.least, high < bar.least)
    case 'at-most':
      return decided(high <= bar.most, low > bar.most)
    case 'not-worse':
      return decided(low > -NEGLIGIBLE, high < 0)
    case 'as-good':
      return decided(high >= 0, true)
  }
}

/** The rules above for readers of the document. */
export const VERDICT_RULES: Readonly<Record<Bar['kind'], string>> = {
  gain: '**gain ≥ x** holds if the mean is at least x and the interval lies above 0; it does not if the interval lies below x',
  'at-least': '**≥ x** holds if the interval lies at or above x, and does not if it lies below',
  'at-most': '**≤ x** holds if the interval lies at or below x, and does not if it lies above',
  'not-worse':
    '**not worse** holds if the interval lies above −1 point, which excludes a larger loss; it does not if the interval lies below 0',
  'as-good': '**as good** holds if 0 lies in the interval or below it: easy for a wide interval',
}
