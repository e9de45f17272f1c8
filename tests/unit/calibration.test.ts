import { describe, expect, it } from 'vitest'
import { groupAdvantages } from '../../src/grpo/group_advantages'
import type { AdvantageRequest } from '../../src/grpo/types'
import { calibrationEffect, MOVED } from '../../src/ilr/step/calibration'
import type { StepRecord } from '../../src/ilr/step/step'
import { stepWarnings } from '../../src/ilr/warnings'
import { expectClose } from '../data/closeness'
import { digitTask } from './ilr_digits'
import { tinyConfig } from './ilr_scripted'

type Scale = AdvantageRequest['scaleRewards']

/** The report on one question: a group of three rewards for each peer. */
function reportOf(groups: readonly (readonly number[])[], scaleRewards: Scale = 'group') {
  const rewards = Float32Array.from(groups.flat())
  return groupAdvantages({
    ...{ rewards, questions: 1, peers: groups.length, rollouts: 3 },
    ...{ calibrate: true, scaleRewards },
  })
}

/**
 * By hand: beside a mean of 0.5 and a range of 0.2, the first rewards get -1 (cut from -2.5), -0.5 and 0. The
 * second get 0.2, 0.4 and 0.6 beside a mean of 0.3 and a range of 0.5. One term of six is cut.
 */
const CUT = [
  [0, 0.4, 0.5],
  [0.4, 0.5, 0.6],
]

describe('a hand-worked question with one cut term', () => {
  it('moves both groups where nothing is divided', () => {
    const report = reportOf(CUT, 'none')
    expectClose(report.calibrated, [-1, -0.1, 0.5, 0.6, 0.9, 1.2], 1e-6)
    // Advantages -0.3, 0.1, 0.2 become -0.8, 0.1, 0.7; and -0.1, 0, 0.1 become -0.3, 0, 0.3.
    expectClose(report.relativeShift, [5 / 3, 2], 1e-5)
    expectClose(report.largestShift, [0.5, 0.2], 1e-6)
    const effect = calibrationEffect([report])
    expectClose([effect.relativeShift, effect.clipped], [11 / 6, 1 / 6], 1e-5)
    expectClose([effect.shift], [1.4 / 6], 1e-6)
    expect(effect.moved).toBe(1)
  })
  it('moves only the group with the cut where the spread divides', () => {
    // Spreads of the first group: sqrt(0.07) before, sqrt(0.57) after.
    const [before, after] = [Math.sqrt(0.07), Math.sqrt(0.57)]
    const moved = [-0.8 / after + 0.3 / before, 0.1 / after - 0.1 / before, 0.7 / after - 0.2 / before]
    const size = 0.6 / before
    const report = reportOf(CUT)
    const sum = moved.reduce((total, one) => total + Math.abs(one), 0)
    expectClose([report.relativeShift[0], report.largestShift[0]], [sum / size, Math.abs(moved[1])], 1e-3)
    expect(report.largestShift[1]).toBeLessThan(MOVED)
    expect(report.largestShift[1]).toBeGreaterThan(0)
    expect(calibrationEffect([report]).moved).toBe(0.5)
  })
  it('counts only groups with unequal rewards', () => {
    const effect = calibrationEffect([reportOf(CUT), reportOf([CUT[0], [0.5, 0.5, 0.5]])])
    expect(effect.moved).toBeCloseTo(1 / 3, 12)
    expect(calibrationEffect([reportOf([[1, 1, 1], CUT[1]])]).moved).toBe(0)
    expect(
      calibrationEffect([
        reportOf([
          [1, 1, 1],
          [0, 0, 0],
        ]),
      ]).moved,
    ).toBeNaN()
  })
})

describe('without a cut term, calibration is affine', () => {
  it.each([
    [
      'two peers, four values',
      [
        [0, 0.25, 1],
        [0, 0.5, 1],
      ],
    ],
    [
      'two peers, two values',
      [
        [0, 0, 1],
        [0, 1, 1],
      ],
    ],
    [
      'three peers',
      [
        [0, 0.5, 1],
        [1, 0.5, 0],
        [0.5, 0, 1],
      ],
    ],
  ])('and the spread removes it: %s', (_, groups) => {
    const { clipped, moved } = calibrationEffect([reportOf(groups)])
    expect([clipped, moved]).toEqual([0, 0])
    expect(calibrationEffect([reportOf(groups, 'none')]).moved).toBe(1)
  })
  it('two peers with two values cannot be cut', () => {
    const bits = (n: number) => [n & 1, (n >> 1) & 1, (n >> 2) & 1]
    for (let n = 0; n < 64; n++) {
      const { clippedFraction, largestShift } = reportOf([bits(n & 7), bits(n >> 3)])
      expect(clippedFraction).toBe(0)
      expect(Math.max(...largestShift)).toBeLessThan(MOVED)
    }
  })
})

describe('the warning about calibration', () => {
  /** The warnings after a first step with these rewards, those of one group for each peer. */
  function said(groups: readonly (readonly number[])[], scaleRewards: Scale = 'group'): string[] {
    const rewards = groups.map((own) => own.map((total) => ({ total, correct: total === 1, parts: {} })))
    const stage = { rewards, rollouts: 3 }
    const record = {
      step: 1,
      stages: { share: stage, analyze: { rewards: [] }, fuse: { rewards: [] } },
      advantageReports: [reportOf(groups, scaleRewards)],
      learners: [],
      updates: [],
      judgements: [],
    }
    const config = tinyConfig({ scaleRewards, calibration: true, evalMethods: [] })
    return stepWarnings(config, digitTask, [], record as unknown as StepRecord, true)
  }
  const [nothing] = ['calibration changed no advantage by more than 0.001 in step 1: ']

  it.each([
    [
      'nothing was cut',
      [
        [0, 0.25, 1],
        [0, 0.5, 1],
      ],
      'no term was clipped, so a calibrated reward is an affine',
    ],
    [
      'rewards have two values',
      [
        [0, 0, 1],
        [0, 1, 1],
      ],
      'rewards have two values',
    ],
    [
      'two values are cut',
      [
        [0, 0, 1],
        [0, 0, 1],
        [0, 1, 1],
      ],
      'rewards have two values',
    ],
    [
      'all rewards are equal',
      [
        [1, 1, 1],
        [0, 0, 0],
      ],
      'in each group all rewards are equal',
    ],
    [
      'all terms are cut alike',
      [
        [0.7, 0.8, 0.9],
        [0, 0.1, 0],
      ],
      'the clipped terms left',
    ],
  ])('says why: %s', (_, groups, why) => {
    const [message, ...more] = said(groups)
    expect(message).toContain(nothing + why)
    expect(more).toEqual([])
  })
  it('is silent where an advantage moved', () => {
    expect(said(CUT)).toEqual([])
    expect(
      said(
        [
          [0, 0.25, 1],
          [0, 0.5, 1],
        ],
        'none',
      ),
    ).toEqual([])
  })
  it('has another reason without division by the group’s spread', () => {
    expect(
      said(
        [
          [0, 0.25, 1],
          [1, 1, 1],
        ],
        'none',
      )[0],
    ).toBe(`${nothing}it added the same to all rewards of a group`)
  })
})
