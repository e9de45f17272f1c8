import { describe, expect, it } from 'vitest'
import { Stream, seedKey } from '../../src/random'
import { readAnalysis, trueReviews, writeAnalysis } from '../../src/tasks/analysis'
import { mixed } from '../../src/tasks/mixed'
import { parseRational, sameNumber } from '../../src/tasks/rational'
import { draftQuestion, LEVELS, OOD_LEVEL, readingsOf, type SkillName } from '../../src/tasks/skills'
import { finalAnswer } from '../../src/tasks/solution'
import type { Discussion, Question, Split } from '../../src/tasks/task'
import { halves, splitOf, wordProblems } from '../../src/tasks/word_problems'

const task = wordProblems
const SPLITS: Split[] = ['train', 'validation', 'heldout', 'ood']
const key = seedKey(3)

/** Computes without the code under test: the JavaScript engine's parser evaluates the sum. */
const evaluate = (expression: string): number => Number(new Function(`return ${expression}`)())

const numbersIn = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number)

const marbles: Question = {
  id: 'q',
  text: 'Ada has 9 marbles. Bo has 4 fewer. How many marbles do they have together?',
  answer: '14',
  skill: 'cmp',
  level: 1,
  steps: ['9-4=5', '9+5=14'],
}
const right = '9-4=5. 9+5=14. #### 14'
const misread = '9+4=13. 9+13=22. #### 22'
const discussion = (mode: Discussion['mode'], own = misread, theirs = right): Discussion => ({
  question: marbles,
  mode,
  own,
  others: [theirs],
})

describe.each([wordProblems, halves, mixed])('questions of $name', (task) => {
  const inParts = task !== wordProblems
  it('are the same for the same key and differ for another', () => {
    expect(task.questions('train', key, 40)).toEqual(task.questions('train', key, 40))
    expect(task.questions('train', seedKey(4), 40)).not.toEqual(task.questions('train', key, 40))
  })

  it('share no numbers of a skill between splits', () => {
    const contents = SPLITS.map(
      (split) =>
        new Set(
          task.questions(split, key, 300).map((q) => `${q.skill} ${(q.text.match(/\d+/g) ?? []).join(' ')}`),
        ),
    )
    for (const [i, one] of contents.entries())
      for (const other of contents.slice(i + 1)) expect([...one].filter((c) => other.has(c))).toEqual([])
  })

  it('have different ids, and are balanced over skills and levels for any n', () => {
    for (const n of [1, 8, 500]) {
      const found = task.questions('heldout', key, n)
      expect(new Set(found.map((q) => q.id)).size).toBe(n)
      expect(new Set(found.map((q) => q.text)).size).toBe(n)
      const counts = task.skills.map((skill) => found.filter((q) => q.skill === skill).length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }
  })

  it('have steps that are true, start from the numbers of the text and end in the answer', () => {
    const drawn = SPLITS.flatMap((split) => task.questions(split, key, 150))
    const faults = drawn.filter(({ text, steps, answer }) => {
      const values = numbersIn(text)
      const sound = steps.every((step) => {
        const [expression, result] = step.split('=')
        const known = numbersIn(expression).every((operand) => values.includes(operand))
        values.push(Number(result))
        return known && evaluate(expression) === Number(result) && Number(result) >= 0
      })
      return !sound || String(values.at(-1)) !== answer || /[{}]|undefined/.test(text)
    })
    expect(faults).toEqual([])
  })

  it('are of the ood level in that split, and nowhere else', () => {
    for (const split of SPLITS) {
      const levels = new Set(task.questions(split, key, 60).map(({ level }) => level))
      expect([...levels].sort()).toEqual(split === 'ood' ? [OOD_LEVEL] : [...LEVELS])
    }
  })

  it('out of distribution have a number that no other level has in its place', () => {
    for (const skill of task.skills as readonly SkillName[]) {
      const draws = (level: number, n: number) =>
        Array.from({ length: n }, (_, i) => draftQuestion(skill, level, new Stream(seedKey(i))).operands)
      const known = LEVELS.flatMap((level) => draws(level, 1500))
      const values = known[0].map((_, place) => new Set(known.map((operands) => operands[place])))
      const harder = draws(OOD_LEVEL, 500)
      expect(harder.filter((operands) => operands.every((n, place) => values[place].has(n)))).toEqual([])
      // Limits of a small tokenizer and a small model: results of up to three digits.
      expect(Math.max(...harder.flat())).toBeLessThan(100)
    }
  })

  it('have splits of about the intended sizes', () => {
    const skill = task.skills[0] as SkillName
    const splits = Array.from({ length: 3000 }, (_, i) =>
      splitOf(skill, 3, draftQuestion(skill, 3, new Stream(seedKey(i))).operands),
    )
    const share = (split: Split) => splits.filter((one) => one === split).length / splits.length
    expect(share('train')).toBeCloseTo(0.7, 1)
    expect(share('validation')).toBeCloseTo(0.1, 1)
    expect(share('heldout')).toBeCloseTo(0.2, 1)
    expect(share('ood')).toBe(0)
  })

  it('need named readings, and none for skills of other tasks', () => {
    for (const skill of task.skills) {
      const named = skill.replace('wide-', '')
      expect(readingsOf(skill)).toEqual(inParts && named.includes('-') ? named.split('-') : [named])
    }
    for (const unknown of ['even', 'toString', '']) expect(readingsOf(unknown)).toEqual([])
  })

  it('leave room for every answer: an idea, an analysis of several, and a fused answer', () => {
    const steps = inParts ? 3 : 2
    // Four ideas of three steps leave no room for an analysis in the embedded peers' 320 positions.
    for (const peers of inParts ? [2, 3] : [2, 3, 4]) {
      const idea = Array(steps).fill('100+100=200').join('. ')
      // At most a token per character of a number or sign, and the words.
      expect(task.maxNewTokens('share', peers)).toBeGreaterThanOrEqual(steps * 12 + 5)
      expect(task.maxNewTokens('fuse', peers)).toBe(task.maxNewTokens('share', peers))
      expect(task.maxNewTokens('analyze', peers)).toBeGreaterThan(task.maxNewTokens('share', peers))
      const ideas = Array<string>(peers).fill(idea)
      const analysis = writeAnalysis(trueReviews(ideas, { steps: [], answer: '0' }, 'cooperate'))
      expect(analysis.split(/[\s(]/).length).toBeLessThan(task.maxNewTokens('analyze', peers))
    }
  })
})

describe('answers', () => {
  it.each([
    ['9-4=5. #### 14', '14'],
    ['#### 3\n#### 1,250.', '1,250'],
    ['so \\boxed{7/8} it is', '7/8'],
    ['#### 5 but \\boxed{6}', '6'],
    ['\\boxed{6} or #### 5', '5'],
    ['no answer here', null],
    ['####', null],
  ])('of %j is %j', (text, answer) => {
    expect(finalAnswer(text)).toBe(answer)
  })

  it.each([
    ['0.5', '1/2', true],
    ['1,250', '1250.00', true],
    ['$14', '14', true],
    ['-3', '3', false],
    ['0.3333', '1/3', false],
    ['9007199254740993', '9007199254740992', false],
    ['1/0', '1/0', false],
    ['twelve', '12', false],
    ['', '', false],
  ])('%s and %s are one number: %s', (a, b, same) => {
    expect(sameNumber(a, b)).toBe(same)
  })

  it('refuses a decimal point together with a fraction bar', () => {
    expect(parseRational('1.5/2')).toBeNull()
  })
})

describe('reward', () => {
  it.each([
    ['right', right, 1],
    ['right by another way', '9+9=18. 18-4=14. #### 14', 1],
    ['well formed and all wrong', misread, 0.1],
    ['one of two steps right', '9-4=5. 9+5=15. #### 15', 0.1 + 0.3 * 0.5],
    ['the right step written with its sides swapped', '5+9=14. 1+1=2. #### 2', 0.1 + 0.3 * 0.5],
    ['no answer, one right step', '9-4=5.', 0.3 * 0.5],
    ['an answer that is no number', '#### many', 0],
    ['empty', '', 0],
    ['one right step among four', '9-4=5. 1+1=2. 1+2=3. 1+3=4. #### 4', 0.1 + 0.3 * 0.25],
  ])('of an answer that is %s', (_, completion, total) => {
    expect(task.reward(marbles, completion).total).toBeCloseTo(total, 12)
  })
})

describe('reward of three steps', () => {
  const boxes: Question = {
    id: 'q',
    text: 'Tom had 9 pens and lost 4. Mia has 3 bags of 6 pens. How many pens do they have together?',
    answer: '23',
    skill: 'lose-bags',
    level: 1,
    steps: ['9-4=5', '3*6=18', '5+18=23'],
  }
  it.each([
    ['right', '9-4=5. 3*6=18. 5+18=23. #### 23', 1],
    ['half right: one step of three', '9-4=5. 3+6=9. 5+9=14. #### 14', 0.1 + 0.3 / 3],
    ['half right the other way', '9+4=13. 3*6=18. 13+18=31. #### 31', 0.1 + 0.3 / 3],
    ['right but for the sum', '9-4=5. 3*6=18. 5+18=24. #### 24', 0.1 + (0.3 * 2) / 3],
    ['all misread', '9+4=13. 3+6=9. 13+9=22. #### 22', 0.1],
  ])('is graded by them: %s', (_, completion, total) => {
    expect(halves.reward(boxes, completion).total).toBeCloseTo(total, 12)
  })
  it.each([
    ['9-4=5. 3*6=18. 5+18=23. #### 23', true, true],
    ['6*3=18. 9-4=5. 18+5=23. #### 23', true, true],
    ['9-4=5. 3+6=9. 5+9=14. #### 14', true, false],
    ['9+4=13. 3*6=18. 13+18=31. #### 31', false, true],
    ['9+4=13. 3+6=9. 13+9=22. #### 22', false, false],
    // A reading also needs a right result, not only the right operation.
    ['9-4=6. 3*6=18. 6+18=24. #### 24', false, true],
    ['4-9=5. #### 23', false, false],
    ['', false, false],
  ])('its readings are told apart: %s', (completion, lose, bags) => {
    expect(halves.readings?.(boxes, completion)).toEqual({ lose, bags })
    // The same parts in the other order.
    const turned = { ...boxes, skill: 'bags-lose', steps: ['3*6=18', '9-4=5', '18+5=23'] }
    expect(halves.readings?.(turned, completion)).toEqual({ lose, bags })
  })
  it('reports no readings for a task that needs one per question', () => {
    expect(task.readings).toBeUndefined()
  })
})

describe('prompts', () => {
  it('of a debate show the ideas without an analysis', () => {
    const asked = { ...discussion('compete'), analysis: 'never seen' }
    expect(task.debatePrompt(asked)).toBe(
      `Question: ${marbles.text}\nMine: ${misread}\nTheirs: ${right}\nAnswer again:\n`,
    )
    expect(task.debatePrompt({ ...asked, mode: 'cooperate' })).toBe(task.debatePrompt(asked))
  })

  it('number the others where there are several', () => {
    const crowd = { ...discussion('cooperate'), others: [right, misread, 'x'] }
    expect(task.analyzePrompt(crowd)).toContain(`Theirs: ${right}\nTheirs 2: ${misread}\nTheirs 3: x\n`)
  })

  it('are filled templates: a filled-in text is never a template', () => {
    const odd: Question = { ...marbles, text: 'What is {ideas}, {analysis} and $& worth?' }
    const { share, analyze, idea } = task.prompts
    expect(task.sharePrompt(odd)).toBe(share.replace('{question}', () => odd.text))
    const shown = idea.replace('{label}', 'Mine').replace('{idea}', '{question}')
    const prompt = task.analyzePrompt({ ...discussion('compete', '{question}'), question: odd })
    expect(prompt.startsWith(analyze.compete.slice(0, analyze.compete.indexOf('{')))).toBe(true)
    expect(prompt).toContain(odd.text)
    expect(prompt).toContain(shown)
  })

  it('of the three stages are one growing text', () => {
    const whole = { ...discussion('cooperate'), analysis: 'Mine: 9+4=13 (13) wrong.' }
    expect(task.sharePrompt(marbles)).toBe(`Question: ${marbles.text}\nAnswer:\n`)
    expect(task.fusePrompt(whole)).toBe(
      [
        `Question: ${marbles.text}`,
        `Mine: ${misread}`,
        `Theirs: ${right}`,
        'Check together:',
        'Mine: 9+4=13 (13) wrong.',
        'Combine:\n',
      ].join('\n'),
    )
    expect(task.fusePrompt(whole).startsWith(task.analyzePrompt(whole))).toBe(true)
  })

  it('differ by mode, and hold an idea on one line in any spelling', () => {
    const messy = discussion('compete', '9+4=13.\n\n#### 13 ')
    expect(task.analyzePrompt(messy)).toContain('Mine: 9+4=13. #### 13\nTheirs:')
    expect(task.analyzePrompt(messy)).not.toBe(task.analyzePrompt({ ...messy, mode: 'cooperate' }))
  })
})

describe('analysis', () => {
  it('looks at every step when cooperating', () => {
    const { own, others } = discussion('cooperate')
    expect(writeAnalysis(trueReviews([own, ...others], marbles, 'cooperate'))).toBe(
      'Mine: 9+4=13 (13) wrong, 9+13=22 (22) wrong. Theirs: 9-4=5 (5) right, 9+5=14 (14) right. Verdict: mine wrong, theirs right.',
    )
  })

  it('looks for the first mistake of the other when competing', () => {
    expect(writeAnalysis(trueReviews([right, misread], marbles, 'compete'))).toBe(
      'Theirs: 9+4=13 (13) wrong. Mine: 9-4=5 (5) right, 9+5=14 (14) right. Verdict: theirs wrong, mine right.',
    )
  })

  it('recomputes a step', () => {
    expect(writeAnalysis(trueReviews(['9-4=6. 9+6=15. #### 15', ''], marbles, 'cooperate'))).toBe(
      'Mine: 9-4=6 (5) wrong, 9+6=15 (15) wrong. Theirs: . Verdict: mine wrong, theirs wrong.',
    )
  })

  it('of every kind is read as written', () => {
    for (const mode of ['cooperate', 'compete'] as const)
      for (const own of [right, misread, '', '4-9=0. #### 0'])
        for (const theirs of [right, misread, '']) {
          const reviews = trueReviews([own, theirs], marbles, mode)
          const labels = reviews.map((review) => review.label)
          expect(readAnalysis(writeAnalysis(reviews), labels)).toEqual(reviews)
        }
  })

  it('is rewarded for its verdicts, or else for form and marks', () => {
    const reward = (text: string) => task.analysisReward(discussion('cooperate'), text)
    const truth =
      'Mine: 9+4=13 (13) wrong, 9+13=22 (22) wrong. Theirs: 9-4=5 (5) right, 9+5=14 (14) right. Verdict: mine wrong, theirs right.'
    expect(reward(truth)).toEqual({ total: 1, correct: true, parts: { correct: 1, format: 1, steps: 1 } })
    const oneMarkOff = truth.replace('9+4=13 (13) wrong', '9+4=13 (13) right')
    expect(reward(oneMarkOff)).toMatchObject({ total: 1, parts: { steps: 3 / 4 } })
    expect(reward(truth.replace('mine wrong, theirs right', 'mine right, theirs right')).total).toBeCloseTo(
      0.4,
    )
    const sumOff = truth.replace('9+5=14 (14)', '9+5=14 (15)')
    expect(reward(sumOff)).toMatchObject({ total: 1, parts: { steps: 3 / 4 } })
    expect(reward('mine wrong, theirs right').total).toBe(0)
    expect(reward('').total).toBe(0)
    expect(
      reward(truth.replace('Verdict: mine wrong, theirs right', 'Verdict: theirs right, mine wrong')).total,
    ).toBe(0)
  })
})
