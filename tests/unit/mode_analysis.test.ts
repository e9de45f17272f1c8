import { describe, expect, it } from 'vitest'
import { mixed } from '../../src/tasks/mixed'
import {
  judgedByAnswer,
  markedCalculations,
  readModeAnalysis,
  writeModeAnalysis,
} from '../../src/tasks/mode_analysis'
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

const cooperating = (ideas: readonly string[]) => writeModeAnalysis(markedCalculations(ideas, shells.steps))
const competing = (ideas: readonly string[], solution = RIGHT) =>
  writeModeAnalysis(judgedByAnswer(ideas, solution))

describe('the analysis of two ideas', () => {
  it('marks what the problem calls for when cooperating, and no result', () => {
    // The last step joins what the idea has so far: an error counts once.
    expect(cooperating([NO_BAGS, SLIP])).toBe(
      'Mine: 29-9 right, 3+8 wrong, 20+11 right. Theirs: 29-9 right, 8*3 right, 14+24 right. ' +
        'Verdict: mine wrong, theirs right.',
    )
    expect(cooperating(['29-9=20. 9-29=20. 20+21=41. #### 41', RIGHT])).toMatch(
      /^Mine: 29-9 right, 9-29 wrong, 20\+21 wrong\./,
    )
  })

  it('solves the problem again when competing, and compares answers', () => {
    expect(competing([NO_BAGS, SLIP], NO_BAGS)).toBe(
      '29-9=20. 3+8=11. 20+11=31. #### 31. Theirs: 38-31=7 wrong. Mine: 31-31=0 right. Verdict: theirs wrong, mine right.',
    )
    expect(competing([NO_BAGS, RIGHT])).toMatch(
      /#### 44\. Theirs: 44-44=0 right. Mine: 31-44=-13 wrong. Verdict: theirs right, mine wrong\.$/,
    )
  })

  it('is read back', () => {
    for (const ideas of [
      [NO_BAGS, SLIP],
      [RIGHT, ''],
    ]) {
      const marked = markedCalculations(ideas, shells.steps)
      expect(readModeAnalysis(writeModeAnalysis(marked), ['Mine', 'Theirs'], 'cooperate')).toEqual(marked)
      const judged = judgedByAnswer(ideas, RIGHT)
      expect(readModeAnalysis(writeModeAnalysis(judged), ['Theirs', 'Mine'], 'compete')).toEqual(judged)
    }
    expect(readModeAnalysis(cooperating([RIGHT, SLIP]), ['Mine', 'Theirs'], 'compete')).toBeNull()
    expect(readModeAnalysis(competing([RIGHT, SLIP]), ['Theirs', 'Mine'], 'cooperate')).toBeNull()
  })

  it.each([
    'Mine: 29-9 right. Theirs: 29-9 right.',
    'Mine: 29-9 right. Theirs: 29-9 maybe. Verdict: mine right, theirs right.',
    'Theirs: 29-9 right. Mine: 29-9 right. Verdict: theirs right, mine right.',
    'Mine: 29-9 right. Theirs: 29-9 right. Verdict: mine right.',
  ])('is not read from %j', (text) => {
    expect(readModeAnalysis(text, ['Mine', 'Theirs'], 'cooperate')).toBeNull()
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
    expect(mixed.analysisReward(about('compete', RIGHT, SLIP), competing([RIGHT, SLIP])).total).toBe(1)
    // Cooperating, nobody sees a slip: the true marks earn their part, the verdict is wrong.
    const reward = mixed.analysisReward(about('cooperate', RIGHT, SLIP), cooperating([RIGHT, SLIP]))
    expect(reward).toEqual({ total: 0.4, correct: false, parts: { correct: 0, format: 1, steps: 1 } })
  })
  it('pays right marks and right steps beside wrong ones', () => {
    // Of six wanted marks four are written, and no other.
    const marks = mixed.analysisReward(
      about('cooperate', NO_BAGS, RIGHT),
      'Mine: 29-9 right, 3+8 wrong. Theirs: 29-9 right, 3*8 right. Verdict: mine right, theirs right.',
    )
    expect(marks.parts.steps).toBeCloseTo(4 / 6, 12)
    expect(marks.total).toBeCloseTo(0.1 + 0.3 * (4 / 6), 12)
    // One of three steps is right, no mark.
    const steps = mixed.analysisReward(about('compete', NO_BAGS, SLIP), competing([NO_BAGS, SLIP], NO_BAGS))
    expect(steps.correct).toBe(false)
    expect(steps.parts.steps).toBeCloseTo(1 / 5, 12)
    expect(mixed.analysisReward(about('compete', RIGHT, SLIP), 'Theirs is wrong.').total).toBe(0)
  })
})
