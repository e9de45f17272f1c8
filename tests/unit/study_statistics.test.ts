import { describe, expect, test } from 'vitest'
import { mean } from '../../src/report/averages'
import { estimate, standardDeviation, tQuantile } from '../../src/report/statistics'
import { verdictOf } from '../../src/study/verdict'

/** Two-sided quantiles of Student's t, as printed in any table of it. */
test.each([
  [0.95, 1, 12.706],
  [0.95, 2, 4.303],
  [0.95, 3, 3.182],
  [0.95, 4, 2.776],
  [0.95, 5, 2.571],
  [0.95, 9, 2.262],
  [0.95, 10, 2.228],
  [0.95, 29, 2.045],
  [0.95, 120, 1.98],
  [0.99, 4, 4.604],
  [0.9, 7, 1.895],
])('t of %f with %i degrees of freedom is %f', (probability, degrees, wanted) => {
  expect(tQuantile(probability, degrees)).toBeCloseTo(wanted, 3)
})

test('a mean with its interval matches a hand-worked one', () => {
  // Mean 3, sum of squares 10, s = sqrt(10 / 4), half width 2.776445 · s / sqrt(5) = 1.963243.
  const found = estimate([1, 2, 3, 4, 5])
  expect(mean([1, 2, 3, 4, 5])).toBe(3)
  expect(standardDeviation([1, 2, 3, 4, 5])).toBeCloseTo(1.5811388, 6)
  expect(found?.mean).toBe(3)
  expect(found?.n).toBe(5)
  expect(found?.interval?.[0]).toBeCloseTo(1.036757, 5)
  expect(found?.interval?.[1]).toBeCloseTo(4.963243, 5)
})

test('one seed has a mean and no interval; no seed has nothing', () => {
  expect(estimate([0.25])).toEqual({ mean: 0.25, interval: null, n: 1 })
  expect(estimate([])).toBeNull()
})

describe('verdicts', () => {
  const of = (mean: number, low: number, high: number) => ({ mean, interval: [low, high] as const, n: 5 })
  test.each([
    ['gain', { kind: 'gain', least: 0.1 } as const, of(0.12, 0.01, 0.23), 'holds'],
    ['gain, 0 in it', { kind: 'gain', least: 0.1 } as const, of(0.12, -0.01, 0.25), 'undecided'],
    ['gain, too small', { kind: 'gain', least: 0.1 } as const, of(0.06, 0.03, 0.09), 'does not hold'],
    ['gain, perhaps', { kind: 'gain', least: 0.1 } as const, of(0.08, 0.03, 0.13), 'undecided'],
    ['gain of 0', { kind: 'gain', least: 0 } as const, of(-0.05, -0.1, 0), 'does not hold'],
    ['at least', { kind: 'at-least', least: 0.5 } as const, of(0.6, 0.5, 0.7), 'holds'],
    ['at least, perhaps', { kind: 'at-least', least: 0.5 } as const, of(0.6, 0.45, 0.75), 'undecided'],
    ['at least, not', { kind: 'at-least', least: 0.5 } as const, of(0.4, 0.35, 0.45), 'does not hold'],
    ['at most', { kind: 'at-most', most: 0.02 } as const, of(0, -0.02, 0.02), 'holds'],
    ['at most, perhaps', { kind: 'at-most', most: 0.02 } as const, of(0.01, -0.02, 0.04), 'undecided'],
    ['at most, not', { kind: 'at-most', most: 0.02 } as const, of(0.05, 0.03, 0.07), 'does not hold'],
    ['not worse', { kind: 'not-worse' } as const, of(0, -0.009, 0.009), 'holds'],
    ['not worse, perhaps', { kind: 'not-worse' } as const, of(0.02, -0.02, 0.06), 'undecided'],
    ['not worse, not', { kind: 'not-worse' } as const, of(-0.03, -0.05, -0.01), 'does not hold'],
    ['as good', { kind: 'as-good' } as const, of(-0.01, -0.03, 0.01), 'holds'],
    ['as good, not', { kind: 'as-good' } as const, of(-0.03, -0.05, -0.01), 'does not hold'],
  ])('%s', (_, bar, estimate, wanted) => expect(verdictOf(bar, estimate)).toBe(wanted))

  test('are undecided by one seed, or by none', () => {
    expect(verdictOf({ kind: 'gain', least: 0.1 }, { mean: 0.9, interval: null, n: 1 })).toBe('undecided')
    expect(verdictOf({ kind: 'gain', least: 0.1 }, null)).toBe('not measured')
  })
})
