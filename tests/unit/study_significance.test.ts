import { describe, expect, test } from 'vitest'
import { Stream } from '../../src/random'
import { detectableDifference, holm, signFlipP, smallestP } from '../../src/report/significance'
import { estimate } from '../../src/report/statistics'
import { verdictOf } from '../../src/study/verdict'

/** Darwin's 15 pairs of maize plants: heights of crossed less self-fertilised ones, in eighths of an inch. */
const MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
/** ilr − share-only in halves, by seed, in points. */
const BIMODAL = [36.7, 97.5, -2.1, 95.8, 98.8]

describe('the sign-flip test', () => {
  test.each([
    ['all alike: only the two assignments that agree', [1, 2, 3], 2 / 8],
    ['one small against: it may flip, too', [3, 2, -1], 4 / 8],
    ['every sum is at least as far', [1, 1, -1], 1],
    ['no difference at all', [0, 0, 0], 1],
    ['a zero flips freely', [2, 0], 1],
    ['one seed', [5], 1],
    ['five seeds of one sign', [0.1, 0.2, 0.15, 0.1, 0.3], 2 / 32],
    ['a bimodal sample of five', BIMODAL, 4 / 32],
    // Fisher, The Design of Experiments, 1935, section 21: 863 of 32,768 assignments in each tail.
    ['Darwin’s maize', MAIZE, (2 * 863) / 32_768],
  ])('%s', (_, differences, wanted) => expect(signFlipP(differences)).toBeCloseTo(wanted, 12))

  test('agrees with a list of all sums, ties by rounding included', () => {
    const stream = new Stream([1, 2])
    for (let trial = 0; trial < 40; trial++) {
      // Tenths: sums of equal size differ by rounding.
      const tenths = Array.from({ length: 1 + (trial % 9) }, () => stream.int(-9, 9))
      const sums = tenths.reduce<number[]>((all, d) => all.flatMap((s) => [s + d, s - d]), [0])
      const observed = Math.abs(tenths.reduce((a, b) => a + b, 0))
      const share = sums.filter((s) => Math.abs(s) >= observed).length / sums.length
      expect(signFlipP(tenths.map((d) => d / 10))).toBe(share)
    }
  })

  test('samples the assignments of more than 16 differences, and never says 0', () => {
    const pair = [...MAIZE, 40, -31]
    const sums = pair.reduce<number[]>((all, d) => all.flatMap((s) => [s + d, s - d]), [0])
    const observed = pair.reduce((a, b) => a + b, 0)
    const exact = sums.filter((s) => Math.abs(s) >= observed).length / sums.length
    expect(Math.abs(signFlipP(pair) - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 20_000))
    expect(signFlipP(Array.from({ length: 40 }, () => 1))).toBeCloseTo(1 / 20_001, 12)
  })

  test('of five seeds cannot come below 0.0625, of twelve below 0.0005', () => {
    expect(smallestP(5)).toBe(0.0625)
    expect(smallestP(12)).toBe(signFlipP(Array.from({ length: 12 }, (_, i) => 1 + i)))
  })
})

describe('Holm’s correction', () => {
  // 0.005 · 4, 0.01 · 3, 0.03 · 2; 0.04 · 1 is raised to the one before it. At 5 % the first two are rejected.
  test('a worked example', () => {
    const found = holm([0.01, 0.04, 0.03, 0.005])
    for (const [i, wanted] of [0.03, 0.06, 0.06, 0.02].entries()) expect(found[i]).toBeCloseTo(wanted, 12)
  })

  test('stays at most 1, gives ties one value, and a single p itself', () => {
    expect(holm([0.5, 0.4, 0.9])).toEqual([1, 1, 1])
    expect(holm([0.0625, 0.0625])).toEqual([0.125, 0.125])
    expect(holm([0.03])).toEqual([0.03])
    expect(holm([])).toEqual([])
  })
})

test('the detectable difference follows the spread and the number of seeds', () => {
  // s = 1; t of 5 % and of 80 % with 4 degrees of freedom are 2.7764 and 0.9410, as printed in tables.
  const spread = [-1, -1, 0, 1, 1]
  expect(detectableDifference(spread, 5)).toBeCloseTo((2.7764 + 0.941) / Math.sqrt(5), 3)
  // With 11: 2.2010 and 0.8755.
  expect(detectableDifference(spread, 12)).toBeCloseTo((2.201 + 0.8755) / Math.sqrt(12), 3)
  expect(detectableDifference([3], 5)).toBeNull()
  expect(detectableDifference([2, 2, 2], 5)).toBe(0)
})

describe('verdicts', () => {
  const of = (low: number, high: number) => ({
    mean: (low + high) / 2,
    interval: [low, high] as const,
    n: 12,
  })
  const least = { direction: 'at least', value: 0.1 } as const
  const most = { direction: 'at most', value: 0.02 } as const
  test.each([
    ['above the bar', least, of(0.11, 0.2), 0.01, 'holds'],
    ['from the bar on', least, of(0.1, 0.2), 0.0499, 'holds'],
    ['above the bar by a p that is too large', least, of(0.11, 0.2), 0.05, 'undecided'],
    ['around the bar', least, of(0.0999, 0.2), 0.01, 'undecided'],
    ['a mean above the bar, and an interval above 0', least, of(0.001, 0.2), 0.001, 'undecided'],
    ['up to the bar', least, of(0, 0.1), 0.01, 'undecided'],
    ['below the bar', least, of(0, 0.0999), 0.01, 'contradicted'],
    ['below the bar, whatever p', least, of(0, 0.0999), 1, 'contradicted'],
    ['at most: below the bar', most, of(-0.1, 0.02), 0.01, 'holds'],
    ['at most: around the bar', most, of(0, 0.021), 0.01, 'undecided'],
    ['at most: from the bar on', most, of(0.02, 0.03), 0.01, 'undecided'],
    ['at most: above the bar', most, of(0.021, 0.03), 0.01, 'contradicted'],
    [
      'a wide interval is not as good',
      { direction: 'at least', value: -0.01 } as const,
      of(-0.7, 0.1),
      0.01,
      'undecided',
    ],
  ])('%s', (_, bar, estimate, p, wanted) => expect(verdictOf(bar, estimate, p)).toBe(wanted))

  test('are undecided by one seed, and not measured by none', () => {
    expect(verdictOf(least, { mean: 0.9, interval: null, n: 1 }, 0.01)).toBe('undecided')
    expect(verdictOf(least, null, 1)).toBe('not measured')
  })

  test('are undecided for a bimodal sample of five seeds', () => {
    const bar = { direction: 'at least', value: 5 } as const
    const p = signFlipP(BIMODAL.map((value) => value - bar.value))
    expect(verdictOf(bar, estimate(BIMODAL), holm([p])[0])).toBe('undecided')
  })
})
