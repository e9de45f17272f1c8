import { describe, expect, it } from 'vitest'
import { mixed } from '../../src/tasks/mixed'
import { readMarkedIdeas, trueMarkedIdeas, writeMarkedIdeas } from '../../src/tasks/mode_analysis'
import type { Discussion, Mode, Question } from '../../src/tasks/task'

const shells: Question = {
  id: 'q',
  text: 'Tom had 29 shells and lost 9. Mia has 3 bags of 8 shells. How many shells do they have together?',
  answer: '44',
  skill: 'wide-lose-bags',
  level: 1,
  steps: ['29-9=20', '3*8=24', '20+24=44'],
}
const NO_BAGS = '29-9=20. 3+8=11. 20+11=31. #### 31'
const SLIP = '29-9=14. 8*3=24. 14+24=38. #### 38'
const RIGHT = '29-9=20. 3*8=24. 20+24=44. #### 44'

const analysis = (ideas: readonly string[], mode: Mode) =>
  writeMarkedIdeas(trueMarkedIdeas(ideas, shells.steps, mode))

describe('the true analysis of two ideas', () => {
  it('marks what the problem calls for when cooperating, and no result', () => {
    // The last step joins what the idea has so far: an error counts once.
    expect(analysis([NO_BAGS, SLIP], 'cooperate')).toBe(
      'Mine: 29-9 right, 3+8 wrong, 20+11 right. Theirs: 29-9 right, 8*3 right, 14+24 right. ' +
        'Verdict: mine wrong, theirs right.',
    )
    expect(analysis(['29-9=20. 9-29=20. 20+21=41. #### 41', RIGHT], 'cooperate')).toMatch(
      /^Mine: 29-9 right, 9-29 wrong, 20\+21 wrong\./,
    )
  })

  it('works results out when competing, up to the first error, and judges no plan', () => {
    expect(analysis([NO_BAGS, SLIP], 'compete')).toBe(
      'Theirs: 29-9=20 wrong. Mine: 29-9=20 right, 3+8=11 right, 20+11=31 right. Verdict: theirs wrong, mine right.',
    )
  })

  it.each(['cooperate', 'compete'] as const)('is read back (%s)', (mode) => {
    const labels = mode === 'cooperate' ? ['Mine', 'Theirs'] : ['Theirs', 'Mine']
    for (const ideas of [
      [NO_BAGS, SLIP],
      [RIGHT, ''],
    ]) {
      const reviews = trueMarkedIdeas(ideas, shells.steps, mode)
      expect(readMarkedIdeas(writeMarkedIdeas(reviews), labels, mode)).toEqual(reviews)
    }
    const other = mode === 'cooperate' ? 'compete' : 'cooperate'
    expect(readMarkedIdeas(analysis([NO_BAGS, SLIP], mode), labels, other)).toBeNull()
  })

  it.each([
    'Mine: 29-9 right. Theirs: 29-9 right.',
    'Mine: 29-9 right. Theirs: 29-9 maybe. Verdict: mine right, theirs right.',
    'Theirs: 29-9 right. Mine: 29-9 right. Verdict: theirs right, mine right.',
    'Mine: 29-9 right. Theirs: 29-9 right. Verdict: mine right.',
  ])('is not read from %j', (text) => {
    expect(readMarkedIdeas(text, ['Mine', 'Theirs'], 'cooperate')).toBeNull()
  })
})

describe('the reward of an analysis', () => {
  const about = (mode: Mode, own: string, theirs: string): Discussion => ({
    question: shells,
    mode,
    own,
    others: [theirs],
  })
  it('is 1 where the verdicts are true, whatever the mode looks at', () => {
    expect(
      mixed.analysisReward(about('compete', RIGHT, SLIP), analysis([RIGHT, SLIP], 'compete')).total,
    ).toBe(1)
    // Cooperating, nobody sees a slip: the true marks earn their part, the verdict is wrong.
    const reward = mixed.analysisReward(about('cooperate', RIGHT, SLIP), analysis([RIGHT, SLIP], 'cooperate'))
    expect(reward).toEqual({ total: 0.4, correct: false, parts: { correct: 0, format: 1, steps: 1 } })
  })
  it('pays right marks beside wrong ones', () => {
    // Two of the three written marks are right. Four marks are wanted.
    const text =
      'Theirs: 29-9=14 right. Mine: 29-9=20 right, 3*8=24 right. Verdict: theirs right, mine right.'
    const { total, parts } = mixed.analysisReward(about('compete', RIGHT, SLIP), text)
    expect(parts.steps).toBeCloseTo(2 / 4, 12)
    expect(total).toBeCloseTo(0.1 + 0.3 * 0.5, 12)
    expect(mixed.analysisReward(about('compete', RIGHT, SLIP), 'Theirs is wrong.').total).toBe(0)
  })
})
