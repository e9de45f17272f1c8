import { describe, expect, it } from 'vitest'
import { confidenceJudge, rankAmong, uncertainty } from '../../src/ilr/interaction/confidence_judge'
import { drawOthers, type JudgeView } from '../../src/ilr/interaction/difficulty'
import { auc, difficultyAuc } from '../../src/ilr/interaction/difficulty_auc'
import { chooseMode, disagree, judge } from '../../src/ilr/interaction/mode'
import { rankIn } from '../../src/ilr/interaction/prompt_judge'
import { StepKeys } from '../../src/ilr/step/keys'
import type { Completion } from '../../src/model/peer'
import { Stream, seedKey } from '../../src/random'
import { digitTask, questionOf } from './ilr_digits'
import { ScriptedPeer } from './ilr_scripted'

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

describe('rank among others', () => {
  const others = [0.1, 0.2, 0.3, 0.4]
  it('is the share that is easier', () => {
    expect(rankAmong(0.05, others)).toBe(0)
    expect(rankAmong(0.35, others)).toBe(0.75)
    expect(rankAmong(0.9, others)).toBe(1)
  })
  it('counts a tie half, and is one half without others', () => {
    expect(rankAmong(0.2, others)).toBe(0.375)
    expect(rankAmong(0.2, [])).toBe(0.5)
  })
})

/** What a judge sees of questions that a peer answered like this, a completion each. */
function viewOf(said: readonly string[], k: number, numbers = said.map((_, n) => n)): JudgeView {
  const own = { questions: numbers.map(questionOf), answers: said.map((text) => text.split(' ').map(answer)) }
  const keys = new StepKeys(key, 1)
  const peer = new ScriptedPeer('ada')
  return { ...own, others: own, peer, index: 0, task: digitTask, slots: said.map((_, n) => n), k, keys }
}
function answer(text: string): Completion {
  return said(text, 0)
}

describe('the confidence judge', () => {
  it('ranks a question among the others of its batch', async () => {
    // Shares of the most frequent answer: 4, 1, 2 and 4 of 4.
    const view = viewOf(['#1 #1 #1 #1', '#1 #2 #3 #4', '#1 #1 #2 #3', '#5 #5 #5 #5'], 8)
    expect((await confidenceJudge(view)).map(({ value }) => value)).toEqual([1 / 6, 1, 2 / 3, 1 / 6])
  })
  it('gives a question without others 0.5', async () => {
    expect((await confidenceJudge(viewOf(['#1 #2'], 8)))[0].value).toBe(0.5)
    expect((await confidenceJudge(viewOf(['#1 #2', '#1 #1'], 8, [3, 3])))[0].value).toBe(0.5)
  })
})

describe('the questions to rank among', () => {
  const view = (k: number) => viewOf(Array<string>(20).fill('#1'), k)
  const drawn = (k: number, question: number, seed: number) =>
    drawOthers(view(k), questionOf(question), new Stream(seedKey(seed)))
  it('are at most k, without the question itself, drawn by the key', () => {
    for (let seed = 0; seed < 50; seed++) {
      const places = drawn(8, 5, seed)
      expect(new Set(places).size).toBe(8)
      expect(places).not.toContain(5)
      expect(drawn(8, 5, seed)).toEqual(places)
    }
    const all = Array.from({ length: 50 }, (_, seed) => drawn(8, 5, seed)).flat()
    expect(new Set(all).size).toBe(19)
    expect(drawn(64, 5, 1).sort((a, b) => a - b)).toEqual([...Array(20).keys()].filter((n) => n !== 5))
  })
  it('hold each question once', () => {
    const repeated = viewOf(['#1', '#2', '#3', '#4', '#5'], 8, [1, 2, 1, 2, 3])
    expect(drawOthers(repeated, questionOf(1), new Stream(key)).sort()).toEqual([1, 4])
  })
})

describe('the AUC of difficulty', () => {
  it.each([
    // Hand-worked: of the pairs (wrong, right), the share with the wrong one harder; ties half.
    ['a perfect order', [0.9, 0.8, 0.2, 0.1], [true, true, false, false], 1],
    ['the reverse', [0.1, 0.2, 0.8, 0.9], [true, true, false, false], 0],
    ['all the same', [0.5, 0.5, 0.5], [true, false, false], 0.5],
    ['one tie of four pairs', [0.7, 0.3, 0.3, 0.1], [true, true, false, false], 3.5 / 4],
    ['one pair of six in disorder', [0.9, 0.4, 0.6, 0.2, 0.1], [true, true, false, false, false], 5 / 6],
  ])('is right for %s', (_, values, positive, wanted) => {
    expect(auc(values, positive)).toBe(wanted)
  })
  it('does not exist for one class', () => {
    expect(auc([0.1, 0.2], [true, true])).toBeNull()
    expect(auc([0.1, 0.2], [false, false])).toBeNull()
    expect(auc([], [])).toBeNull()
  })
  it('agrees with the sum of ranks (Mann-Whitney)', () => {
    const stream = new Stream(seedKey(5))
    for (let round = 0; round < 200; round++) {
      const values = Array.from({ length: 16 }, () => stream.int(0, 7) / 7)
      const positive = values.map((value) => stream.uniform() < 0.2 + value / 2)
      const count = positive.filter(Boolean).length
      if (count === 0 || count === 16) continue
      const sorted = [...values].sort((a, b) => a - b)
      const rank = (value: number) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1
      const ranks = values.reduce((sum, value, i) => sum + (positive[i] ? rank(value) : 0), 0)
      const wanted = (ranks - (count * (count + 1)) / 2) / (count * (16 - count))
      expect(auc(values, positive)).toBeCloseTo(wanted, 12)
    }
  })
  it('calls a question mostly wrong below half of its ideas', () => {
    const ideas = (right: number) =>
      Array.from({ length: 4 }, (_, k) => ({ total: 0, correct: k < right, parts: {} }))
    // Half right is not mostly wrong: the only positive is the second question.
    expect(difficultyAuc([0.5, 0.6], [...ideas(2), ...ideas(1)], 4)).toBe(1)
    expect(difficultyAuc([0.5, 0.6], [...ideas(1), ...ideas(2)], 4)).toBe(0)
    expect(difficultyAuc([0.5, 0.6], [...ideas(2), ...ideas(4)], 4)).toBeNull()
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
