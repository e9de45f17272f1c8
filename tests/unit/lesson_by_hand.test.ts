import { describe, expect, test } from 'vitest'
import { calibratedBy, workedOut } from '../../src/app/lesson/facts'
import { groupAdvantages } from '../../src/grpo/group_advantages'

describe('a hand-worked group', () => {
  // By hand: two right of four. Mean 2/4; squares 4 × 0.25 = 1, spread √(1/3).
  test('two right of four', () => {
    const { mean, differences, spread, advantages } = workedOut([1, 0, 0, 1])
    expect(mean).toBe(0.5)
    expect(differences).toEqual([0.5, -0.5, -0.5, 0.5])
    expect(spread).toBeCloseTo(0.57735, 5)
    expect(advantages.map((one) => one.toFixed(2))).toEqual(['0.87', '-0.87', '-0.87', '0.87'])
  })
  // One right, three with right form and half of the steps. Mean 1.75/4; squares 0.5625² + 3 × 0.1875² =
  // 0.421875, spread √0.140625.
  test('one right, three half right', () => {
    const { mean, differences, spread, advantages } = workedOut([1, 0.25, 0.25, 0.25])
    expect(mean).toBe(0.4375)
    expect(differences).toEqual([0.5625, -0.1875, -0.1875, -0.1875])
    expect(spread).toBeCloseTo(0.375, 12)
    expect(advantages.map((one) => one.toFixed(2))).toEqual(['1.50', '-0.50', '-0.50', '-0.50'])
  })
  test('all alike', () => {
    expect(workedOut([0.1, 0.1, 0.1])).toMatchObject({ spread: expect.closeTo(0, 12), advantages: [0, 0, 0] })
  })
})

describe('a hand-worked calibration', () => {
  const others = [1, 0.25, 0.25, 0.25]
  test.each([
    // (1 − 0.4375) ÷ 0.75, and (0.25 − 0.4375) ÷ 0.75
    ['a right one', 1, 2, 0.75],
    ['a half right one', 0.25, 2, -0.25],
    // One of two others may add half at most.
    ['a right one among three peers', 1, 3, 0.5],
  ])('%s', (_, reward, peers, added) => {
    expect(calibratedBy(reward, others, peers)).toMatchObject({ mean: 0.4375, range: 0.75, added })
  })
  test('a peer with equal rewards adds nothing', () => {
    expect(calibratedBy(1, [0.1, 0.1], 2).added).toBe(0)
  })
  test('the value equals that of a run', () => {
    const own = [1, 0, 0.4, 0.1]
    const { calibrated } = groupAdvantages({
      rewards: Float32Array.from([...own, ...others]),
      questions: 1,
      peers: 2,
      rollouts: 4,
      calibrate: true,
      scaleRewards: 'group',
    })
    own.forEach((reward, k) => {
      expect(reward + calibratedBy(reward, others, 2).added).toBeCloseTo(calibrated[k], 6)
    })
  })
})
