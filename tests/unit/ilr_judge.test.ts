import { describe, expect, it } from 'vitest'
import { difficulty, uncertainty } from '../../src/ilr/difficulty'
import { chooseMode, disagree, judge } from '../../src/ilr/mode'
import type { Completion } from '../../src/model/peer'
import { seedKey } from '../../src/random'
import { digitTask } from './ilr_scripted'

const key = seedKey(1)

function said(text: string, logprob = -0.5): Completion {
  return { promptIds: [], ids: [1, 2], logprobs: [logprob, logprob], text, truncated: false }
}

describe('uncertainty', () => {
  it('orders by disagreement first', () => {
    const agreed = ['#1', '#1', '#1', '#1'].map((text) => said(text, -9))
    const split = ['#1', '#1', '#1', '#2'].map((text) => said(text, -0.01))
    const scattered = ['#1', '#2', '#3', '#4'].map((text) => said(text, -0.01))
    const values = [agreed, split, scattered].map((rollouts) => uncertainty(digitTask, rollouts))
    expect(values).toEqual([...values].sort((a, b) => a - b))
    expect(new Set(values).size).toBe(3)
  })
  it('breaks ties by improbability: 1 - 3/4 + (s / (1 + s)) / 4', () => {
    const rollouts = [said('#1', -1), said('#1', -1), said('#1', -1), said('#2', -1)]
    expect(uncertainty(digitTask, rollouts)).toBeCloseTo(0.25 + 0.5 / 4, 12)
  })
  it('takes an unreadable answer to agree with nothing', () => {
    const unreadable = ['#1', 'a', 'a', 'a'].map((text) => said(text, 0))
    expect(uncertainty(digitTask, unreadable)).toBe(0.75)
  })
  it('is about improbability alone for one greedy answer', () => {
    expect(uncertainty(digitTask, [said('#1', -3)])).toBeCloseTo(0.75, 12)
    expect(uncertainty(digitTask, [said('#1', 0)])).toBe(0)
  })
})

describe('difficulty', () => {
  const references = [0.1, 0.2, 0.3, 0.4]
  it('is the normalised rank when every reference is asked', () => {
    expect(difficulty(0.05, references, 4, key)).toBe(0)
    expect(difficulty(0.35, references, 4, key)).toBe(0.75)
    expect(difficulty(0.9, references, 4, key)).toBe(1)
  })
  it('counts a tie half, and needs no references', () => {
    expect(difficulty(0.2, references, 4, key)).toBe(0.375)
    expect(difficulty(0.2, [], 4, key)).toBe(0.5)
  })
  it('averages over shuffles where k of them are asked', () => {
    const many = Array.from({ length: 100 }, (_, n) => n / 100)
    const ranks = Array.from({ length: 400 }, (_, n) => difficulty(0.255, many, 8, seedKey(n)))
    expect(ranks.reduce((a, b) => a + b) / ranks.length).toBeCloseTo(0.26, 1)
    expect(difficulty(0.255, many, 8, key)).toBe(difficulty(0.255, many, 8, key))
    expect(new Set(ranks).size).toBeGreaterThan(5)
  })
})

describe('interaction mode', () => {
  it('is 1PL with slope 1.7', () => {
    // 1 / (1 + e^-0.68) and 1 / (1 + e^0.85), worked out by hand.
    expect(judge(0.6, 0.2).p).toBeCloseTo(0.663739, 6)
    expect(judge(0.25, 0.75).p).toBeCloseTo(0.299433, 6)
    expect(judge(0.4, 0.4).p).toBe(0.5)
  })
  it('cooperates below a mean P of one half, and only there', () => {
    expect(chooseMode('dynamic', [judge(0.2, 0.9), judge(0.6, 0.5)], key)).toBe('cooperate')
    expect(chooseMode('dynamic', [judge(0.9, 0.1), judge(0.4, 0.5)], key)).toBe('compete')
    expect(chooseMode('dynamic', [judge(0.4, 0.4), judge(0.7, 0.7)], key)).toBe('compete')
  })
  it('leaves the baselines to themselves', () => {
    const easy = [judge(1, 0)]
    expect(chooseMode('cooperate', easy, key)).toBe('cooperate')
    expect(chooseMode('compete', [judge(0, 1)], key)).toBe('compete')
    const coins = Array.from({ length: 200 }, (_, n) => chooseMode('random', easy, seedKey(n)))
    const heads = coins.filter((mode) => mode === 'cooperate').length
    expect(heads).toBeGreaterThan(70)
    expect(heads).toBeLessThan(130)
  })
  it('says when peers would choose differently', () => {
    expect(disagree([judge(0.2, 0.9), judge(0.6, 0.5)])).toBe(true)
    expect(disagree([judge(0.2, 0.9), judge(0.3, 0.5)])).toBe(false)
  })
})
