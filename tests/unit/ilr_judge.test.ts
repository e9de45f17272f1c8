import { describe, expect, it } from 'vitest'
import { rankAmong, uncertainty } from '../../src/ilr/interaction/confidence_judge'
import { chooseMode, disagree, judge } from '../../src/ilr/interaction/mode'
import { rankIn } from '../../src/ilr/interaction/prompt_judge'
import type { Completion } from '../../src/model/peer'
import { seedKey } from '../../src/random'
import { digitTask } from './ilr_digits'

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
  it('treats an unreadable answer as agreeing with none', () => {
    const unreadable = ['#1', 'a', 'a', 'a'].map((text) => said(text, 0))
    expect(uncertainty(digitTask, unreadable)).toBe(0.75)
  })
  it('uses only improbability for one greedy answer', () => {
    expect(uncertainty(digitTask, [said('#1', -3)])).toBeCloseTo(0.75, 12)
    expect(uncertainty(digitTask, [said('#1', 0)])).toBe(0)
  })
})

describe('rank among references', () => {
  const references = [0.1, 0.2, 0.3, 0.4]
  it('is the normalised rank among all references', () => {
    expect(rankAmong(0.05, references, 4, key)).toBe(0)
    expect(rankAmong(0.35, references, 4, key)).toBe(0.75)
    expect(rankAmong(0.9, references, 4, key)).toBe(1)
  })
  it('counts a tie half, and needs no references', () => {
    expect(rankAmong(0.2, references, 4, key)).toBe(0.375)
    expect(rankAmong(0.2, [], 4, key)).toBe(0.5)
  })
  it('averages over shuffles where k of them are used', () => {
    const many = Array.from({ length: 100 }, (_, n) => n / 100)
    const ranks = Array.from({ length: 400 }, (_, n) => rankAmong(0.255, many, 8, seedKey(n)))
    expect(ranks.reduce((a, b) => a + b) / ranks.length).toBeCloseTo(0.26, 1)
    expect(rankAmong(0.255, many, 8, key)).toBe(rankAmong(0.255, many, 8, key))
    expect(new Set(ranks).size).toBeGreaterThan(5)
  })
})

describe('interaction mode', () => {
  it('is 1PL with slope 1.7', () => {
    // Hand-worked: 1 / (1 + e^-0.68) and 1 / (1 + e^0.85).
    expect(judge(0.6, 0.2).p).toBeCloseTo(0.663739, 6)
    expect(judge(0.25, 0.75).p).toBeCloseTo(0.299433, 6)
    expect(judge(0.4, 0.4).p).toBe(0.5)
  })
  const dynamic = { interaction: 'dynamic', cooperateProbability: 0.5 } as const
  it('cooperates below a mean P of one half, and only there', () => {
    expect(chooseMode(dynamic, [judge(0.2, 0.9), judge(0.6, 0.5)], [], key)).toBe('cooperate')
    expect(chooseMode(dynamic, [judge(0.9, 0.1), judge(0.4, 0.5)], [], key)).toBe('compete')
    expect(chooseMode(dynamic, [judge(0.4, 0.4), judge(0.7, 0.7)], [], key)).toBe('compete')
  })
  it('follows a fixed interaction, however easy or hard the question', () => {
    for (const judgements of [[judge(1, 0)], [judge(0, 1)]])
      for (const interaction of ['cooperate', 'compete'] as const)
        expect(chooseMode({ interaction, cooperateProbability: 0.5 }, judgements, [], key)).toBe(interaction)
  })
  it.each([
    [0, 0, 0],
    [0.3, 0.26, 0.34],
    [0.5, 0.46, 0.54],
    [1, 1, 1],
  ])('cooperates at random with probability %d, whatever the peers think', (p, low, high) => {
    const coin = { interaction: 'random', cooperateProbability: p } as const
    const thrown = (judgement: ReturnType<typeof judge>) =>
      Array.from({ length: 3000 }, (_, n) => chooseMode(coin, [judgement], [], seedKey(n)))
    const modes = thrown(judge(1, 0))
    const share = modes.filter((mode) => mode === 'cooperate').length / modes.length
    expect(share).toBeGreaterThanOrEqual(low)
    expect(share).toBeLessThanOrEqual(high)
    expect(thrown(judge(0, 1))).toEqual(modes)
  })
  it.each([
    // Hand-worked: mean ability - mean difficulty decides, because both peers' P are near one half.
    ['easy for both', [judge(0.9, 0.1), judge(0.8, 0.2)], 'cooperate'],
    ['hard for both', [judge(0.1, 0.9), judge(0.2, 0.8)], 'compete'],
    ['a mean P of exactly one half', [judge(0.4, 0.4), judge(0.7, 0.7)], 'cooperate'],
    ['hard for the peer that is surest to fail', [judge(0.2, 0.9), judge(0.6, 0.5)], 'compete'],
  ] as const)('inverse: turns the choice round where a question is %s', (_, judgements, mode) => {
    const inverse = { interaction: 'inverse', cooperateProbability: 0.5 } as const
    expect(chooseMode(inverse, judgements, [], key)).toBe(mode)
  })
  it.each([
    [
      'both peers are right',
      [
        [true, true, true, true],
        [true, true, true, true],
      ],
      'compete',
    ],
    [
      'one peer is right three times of four',
      [
        [true, false, true, true],
        [false, false, false, false],
      ],
      'compete',
    ],
    [
      'two of four is not most',
      [
        [true, true, false, false],
        [true, false, true, false],
      ],
      'cooperate',
    ],
    [
      'each is right once',
      [
        [true, false, false],
        [false, true, false],
      ],
      'cooperate',
    ],
    [
      'nobody is right',
      [
        [false, false],
        [false, false],
      ],
      'cooperate',
    ],
    ['a single greedy answer is right', [[false], [true]], 'compete'],
    ['no single greedy answer is right', [[false], [false]], 'cooperate'],
  ] as const)('oracle: %s', (_, right, mode) => {
    // The judgements say the opposite, and the oracle does not look at them.
    const judgements = right.map(() => (mode === 'compete' ? judge(0, 1) : judge(1, 0)))
    const oracle = { interaction: 'oracle', cooperateProbability: 0.5 } as const
    expect(chooseMode(oracle, judgements, right, key)).toBe(mode)
  })
  it('reports when peers would choose differently', () => {
    expect(disagree([judge(0.2, 0.9), judge(0.6, 0.5)])).toBe(true)
    expect(disagree([judge(0.2, 0.9), judge(0.3, 0.5)])).toBe(false)
  })
})

describe('an answer that orders questions', () => {
  // Five questions, the judged one in the third place.
  const rank = (reply: string) => rankIn({ place: 2, count: 5 }, reply)
  it.each([
    ['3, 1, 2, 4, 5', 0],
    ['1,2,4,5,3', 1],
    [' 5 > 4 > 3 > 2 > 1.', 0.5],
    ['2. 3. 1. 4. 5.', 0.25],
    ['4, 5, 1, 3, 2\n\nQuestion 3 is hard.', 0.75],
  ])('%j puts it at %d', (reply, expected) => {
    expect(rank(reply)).toBe(expected)
  })
  it.each([
    ['nothing', ''],
    ['no number', 'I cannot say'],
    ['one too few', '3, 1, 2, 4'],
    ['one too many', '3, 1, 2, 4, 5, 1'],
    ['one twice', '3, 1, 2, 2, 5'],
    ['a number that is none of them', '3, 1, 2, 4, 6'],
    ['counting from 0', '2, 0, 1, 3, 4'],
    ['numbers run together', '31245'],
  ])('cannot be read with %s', (_, reply) => {
    expect(rank(reply)).toBeNull()
  })
  it('is no order for only one question', () => {
    expect(rankIn({ place: 0, count: 1 }, '1')).toBeNull()
  })
})
