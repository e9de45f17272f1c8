/** The page's texts at the end of a run, from hand-worked tables. */
import { describe, expect, test } from 'vitest'
import { endingOf } from '../../src/app/ending/ending_panel'
import { skillRows } from '../../src/app/measures/skills'
import type { EvalEvent } from '../../src/app/state'
import { presetConfig, SINGLE_AGENT } from '../../src/config/presets'
import { HALVES_SKILLS, readingsOf, WORD_PROBLEM_SKILLS } from '../../src/tasks/skills'

type Table = Readonly<Record<string, Readonly<Record<string, number>>>>

const tested = (
  step: number,
  solo: Record<string, number>,
  skills: Table = {},
  readings?: Table,
): EvalEvent => ({
  type: 'eval',
  step,
  solo,
  skills,
  ...(readings && { readings }),
  n: 100,
  trainedTokens: 0,
  generatedTokens: 0,
  seconds: 0,
})

const halves = presetConfig('halves', { steps: 20 })
const duet = presetConfig('duet', { steps: 20 })
/** Replaces non-breaking spaces. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('\u00a0', ' '))
const ended = (evals: readonly EvalEvent[], config = duet, steps = 20) =>
  plain(endingOf({ config, evals, steps, reason: 'steps' }))

describe('the ending', () => {
  test('a gain is reported with the learned skills', () => {
    const evals = [
      tested(
        0,
        { dee: 0, eli: 0 },
        { dee: { 'lose-bags': 0, 'bags-lose': 0 }, eli: { 'lose-bags': 0, 'bags-lose': 0 } },
        { dee: { bags: 0, lose: 1 }, eli: { bags: 0.98, lose: 0 } },
      ),
      tested(
        20,
        { dee: 0.82, eli: 0.56 },
        { dee: { 'lose-bags': 0.8, 'bags-lose': 0.84 }, eli: { 'lose-bags': 0.5, 'bags-lose': 0.62 } },
        { dee: { bags: 0.9, lose: 0.95 }, eli: { bags: 0.98, lose: 0.6 } },
      ),
    ]
    const ending = ended(evals, halves)
    expect(ending?.gain).toBe('In 20 steps dee went from 0 % to 82 % right alone, eli from 0 % to 56 %.')
    expect(ending?.learned).toBe('dee learned “bags of” (0 → 90 %). eli learned “lost some” (0 → 60 %).')
    expect(ending?.lost).toBe('dee got worse at “lost some” (100 → 95 %).')
    expect(ending?.why).toBe('')
    expect(ending?.skills.map(({ name, whole, perPeer }) => [name, whole, perPeer[1]])).toEqual([
      ['lost some', false, { before: 0, now: 0.6 }],
      ['bags of', false, { before: 0.98, now: 0.98 }],
      ['both at once', true, { before: 0, now: expect.closeTo(0.56) }],
    ])
  })

  test('several skills of one peer are listed, the largest change first', () => {
    const before = { ada: { cmp: 0, times: 0, three: 1, addsub: 1, muladd: 1 } }
    const after = { ada: { cmp: 0.95, times: 0.2, three: 0.55, addsub: 0.96, muladd: 0.9 } }
    const ending = ended([tested(0, { ada: 0.6 }, before), tested(12, { ada: 0.71 }, after)], {
      ...duet,
      ...SINGLE_AGENT,
      peers: duet.peers.slice(0, 1),
    })
    expect(ending?.gain).toBe('In 12 steps ada went from 60 % to 71 % right alone.')
    expect(ending?.learned).toBe('ada learned “fewer than” (0 → 95 %) and “times as many” (0 → 20 %).')
    expect(ending?.lost).toBe(
      'ada got worse at “add three” (100 → 55 %) and “bags and some more” (100 → 90 %).',
    )
  })

  test('no gain, a loss and mixed results take one sentence each', () => {
    const gain = (one: [number, number], other: [number, number]) =>
      ended([tested(0, { ada: one[0], bo: other[0] }), tested(8, { ada: one[1], bo: other[1] })])?.gain
    expect(gain([0.6, 0.6], [0.4, 0.4])).toBe('In 8 steps ada stayed at 60 % right alone, bo at 40 %.')
    expect(gain([0.6, 0.27], [0.5, 0.01])).toBe(
      'In 8 steps ada fell from 60 % to 27 % right alone, bo from 50 % to 1 %.',
    )
    expect(gain([0.6, 0.27], [0.5, 0.75])).toBe(
      'In 8 steps ada fell from 60 % to 27 % right alone, bo went from 50 % to 75 %.',
    )
    // A gain that rounds to 0 counts as none.
    expect(gain([0.601, 0.604], [0, 0.01])).toBe(
      'In 8 steps ada stayed at 60 % right alone, bo went from 0 % to 1 %.',
    )
  })

  test('one test gives no gain, no test gives no text', () => {
    expect(ended([tested(0, { ada: 0.6, bo: 0.5 })], duet, 3)?.gain).toBe(
      'Tested only before the first step: alone, ada is right in 60 % and bo is right in 50 %. A gain takes a second test.',
    )
    expect(ended([])).toBeNull()
  })

  test('an early end gives its reason, and a stop names no tested step', () => {
    const evals = [tested(0, { ada: 0.6, bo: 0.6 }), tested(4, { ada: 0.7, bo: 0.7 })]
    const why = (reason: Parameters<typeof endingOf>[0]['reason'], steps: number) =>
      endingOf({ config: duet, evals, steps, reason })?.why
    expect(why(null, 5)).toBe('It stopped after 5 of 20 steps.')
    expect(why(null, 20)).toBe('')
    expect(why('budget', 5)).toMatch(/token budgets/)
    expect(why('early-stop', 5)).toMatch(/no longer got better/)
    // The numbers are those of the test at step 4.
    expect(endingOf({ config: duet, evals, steps: 5, reason: null })?.gain).toMatch(/^In 4 steps/)
  })
})

test('before the first test the rows are the task’s tested skills', () => {
  const names = (task: 'halves' | 'word-problems' | 'question-file') =>
    skillRows(task, ['a'], undefined, undefined)
  const parts = new Set(HALVES_SKILLS.flatMap(readingsOf))
  expect(names('halves')).toHaveLength(parts.size + 1)
  expect(names('word-problems')).toHaveLength(WORD_PROBLEM_SKILLS.length)
  expect(names('question-file')).toEqual([])
  // The rows are the same once the skills are tested.
  const all = (skills: readonly string[]) => ({ a: Object.fromEntries(skills.map((skill) => [skill, 0.5])) })
  const test = tested(0, { a: 0.5 }, all(HALVES_SKILLS), all([...parts]))
  expect(skillRows('halves', ['a'], test, test).map(({ name }) => name)).toEqual(
    names('halves').map(({ name }) => name),
  )
  const words = tested(0, { a: 0.5 }, all(WORD_PROBLEM_SKILLS))
  expect(skillRows('word-problems', ['a'], words, words).map(({ name }) => name)).toEqual(
    names('word-problems').map(({ name }) => name),
  )
})
