/** The exported reward judges answers as the checker does, pair by pair. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sameAnswer } from '../../src/tasks/answers'
import { DIFFERENT_FORMS, SAME_FORMS } from '../data/answer_forms'
import { NEWLY_ACCEPTED, type Pair, RIGHT, TRICKS, WRONG } from '../data/answer_pairs'
import { PYTHON } from './python'

const SAME = [...SAME_FORMS, ...NEWLY_ACCEPTED, ...RIGHT]
/** Python computes 90 digits, so it takes these for equal. */
const CLOSER_THAN_DIGITS = new Set([
  '\\sqrt{2}+10^{-100}',
  '\\sqrt2+10^{-1000}',
  '\\pi+10^{-150}',
  'x+10^{-400}',
])
const DIFFERENT = [...DIFFERENT_FORMS, ...TRICKS, ...WRONG].filter(
  ([found]) => !CLOSER_THAN_DIGITS.has(found),
)

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-reward-'))
  for (const script of ['answers', 'tidy', 'formula', 'values', 'written_numbers'])
    cpSync(`src/trl/${script}.py`, join(folder, `${script}.py`))
})
afterAll(() => rmSync(folder, { recursive: true }))

const turned = (pairs: readonly Pair[]) => pairs.map(([a, b]): Pair => [b, a])
const ALL = [...SAME, ...turned(SAME), ...DIFFERENT, ...turned(DIFFERENT)]

/** Returns Python's verdicts on all pairs. */
function judged(): readonly boolean[] {
  const code =
    'import json, sys\nfrom answers import same_answer\nprint(json.dumps([same_answer(*pair) for pair in json.load(sys.stdin)]))'
  const output = execFileSync('python3', ['-c', code], {
    cwd: folder,
    input: JSON.stringify(ALL),
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  })
  return JSON.parse(output)
}

describe('the table of forms', () => {
  it('has at least 60 forms that are the same and 30 that are not', () => {
    expect(SAME_FORMS.length).toBeGreaterThanOrEqual(60)
    expect(DIFFERENT_FORMS.length).toBeGreaterThanOrEqual(30)
  })
})

describe.skipIf(!PYTHON)('the reward in Python', () => {
  it('judges every pair as the checker does, in both orders', () => {
    const verdicts = judged()
    const wrong = (pairs: readonly Pair[], from: number, wanted: boolean) =>
      pairs.filter(([a, b], i) => verdicts[from + i] !== wanted || sameAnswer(a, b) !== wanted)
    expect(verdicts).toHaveLength(ALL.length)
    expect(wrong([...SAME, ...turned(SAME)], 0, true)).toEqual([])
    expect(wrong([...DIFFERENT, ...turned(DIFFERENT)], 2 * SAME.length, false)).toEqual([])
  })
})
