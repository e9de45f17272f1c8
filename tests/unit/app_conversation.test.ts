import { describe, expect, it, test } from 'vitest'
import {
  agree,
  conversationOf,
  type Mark,
  type Piece,
  readChecks,
  shownOrder,
  solutionLine,
  solutionPieces,
  soundness,
  sourcesOf,
  writtenStep,
} from '../../src/app/exchange/conversation'
import { asked, discussed, written } from '../../src/app/exchange/exchange_view'
import { stepsIn } from '../../src/tasks/solution'

/** Max had 16 books and lost 2. Leo has 7 bags of 2. */
const question = {
  id: 'q',
  text: 'Max had 16 books and lost 2. Leo has 7 bags of 2 books. How many books do they have together?',
  answer: '28',
  skill: 'lose-bags',
  level: 2,
  steps: ['16-2=14', '7*2=14', '14+14=28'],
}
const DEE = '16-2=14. 7+2=9. 14+9=23. #### 23'
const ELI = '16+2=18. 7*2=14. 18+14=32. #### 32'
/** Eli's right analysis. */
const SOUND =
  'Mine: 16+2=18 (18) wrong, 7*2=14 (14) right, 18+14=32 (32) wrong. Theirs: 16-2=14 (14) right, 7+2=9 (9) wrong, 14+9=23 (23) wrong. Verdict: mine wrong, theirs wrong.'

/** Writes pieces in one line: equations in brackets, the answer after an arrow. */
function drawn(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) =>
      piece.kind === 'step'
        ? `[${writtenStep(piece.step)}]`
        : piece.kind === 'answer'
          ? `→${piece.text}`
          : piece.text,
    )
    .join(' ')
}

/** Writes marks in one line: place, `+` or `-` for right or wrong, and the fault. */
function told(marks: readonly Mark[]): string {
  return marks
    .map(({ at, says, fault }) => `${at ?? 'x'}${says ? '+' : '-'}${fault === null ? '' : ` ${fault}`}`)
    .join(', ')
}

const theirs = (analysis: string) => told(readChecks(analysis, true, [ELI, DEE], question).checks[1].marks)

describe('a solution', () => {
  it.each([
    [DEE, '[16−2=14] [7+2=9] [14+9=23] →23'],
    ['3*4=12. #### 12.', '[3·4=12] →12'],
    ['3-5=-2. #### -2', '[3−5=−2] →-2'],
    // No equation: the text stays as written.
    ['122=14. 12+12=24. #### 24', '122=14. [12+12=24] →24'],
    ['First 7*2=14, and so on.', 'First [7·2=14] and so on.'],
    ['16-2=14. 7+', '[16−2=14] 7+'],
    ['I do not know.', 'I do not know.'],
    ['', ''],
  ])('%j is drawn as %j', (text, wanted) => {
    expect(drawn(solutionPieces(text, true))).toBe(wanted)
  })

  it('is drawn as it grows: an equation appears once complete, and stays', () => {
    expect(drawn(solutionPieces('16-2=1', false))).toBe('16-2=1')
    expect(drawn(solutionPieces('16-2=14', false))).toBe('16-2=14')
    expect(drawn(solutionPieces('16-2=14.', false))).toBe('[16−2=14]')
    expect(drawn(solutionPieces('16-2=14. ##', false))).toBe('[16−2=14]')
    expect(drawn(solutionPieces('16-2=14. #### 1', false))).toBe('[16−2=14] → 1')
  })

  it.each([DEE, ELI, '122=14. 12+12=24. #### 24', '7+2=9=9+3=12.', '\\boxed{3}', '#### 4 #### 5 '])(
    'keeps every chip while %j is written',
    (text) => {
      let before: readonly Piece[] = []
      for (let end = 0; end <= text.length + 1; end++) {
        const pieces = solutionPieces(text.slice(0, end), end > text.length)
        const chips = pieces.filter(({ kind }) => kind !== 'words')
        expect(chips.slice(0, before.length)).toEqual(before)
        before = chips
      }
      // The steps are those that the checker reads.
      expect(before.flatMap((piece) => (piece.kind === 'step' ? [piece.step] : []))).toEqual(stepsIn(text))
    },
  )
})

test.each([
  [DEE, '16−2=14, 7+2=9, 14+9=23 → 23'],
  ['3-5=-2. #### -2', '3−5=−2 → −2'],
  ['Half of 24 is 12.\n#### 36', 'Half of 24 is 12. → 36'],
  ['#### 4', '→ 4'],
])('%j reads %j in a line', (text, line) => expect(solutionLine(text)).toBe(line))

test('without known right steps, only errors of arithmetic are marked', () => {
  const own = { steps: [], answer: '' }
  const analysis = SOUND.replace('7+2=9 (9)', '7+5=9 (12)').replace('16-2=14 (14)', '16-2=14 (13)')
  const { checks } = readChecks(analysis, true, [ELI, DEE], own)
  expect(checks.map(({ marks }) => told(marks))).toEqual(['0-, 1+, 2-', '0+ miscalculated, x- misquote, 2-'])
  expect(checks.map(({ right }) => right)).toEqual([null, null])
  expect(soundness(SOUND, [ELI, DEE], own, 'cooperate')).toBeNull()
  expect(soundness('Both.', [ELI, DEE], own, 'cooperate')).toBe('unreadable')
})

describe('the marks of an analysis', () => {
  const rest = '. Verdict: mine wrong, theirs wrong.'
  it.each([
    // The right analysis.
    ['16-2=14 (14) right, 7+2=9 (9) wrong, 14+9=23 (23) wrong', '0+, 1-, 2-'],
    // The checker rejects wrong marks of both kinds.
    ['16-2=14 (14) wrong, 7+2=9 (9) right', '0- rejected, 1+ rejected'],
    // Swapped operands are the same sum, but not the same difference.
    ['2+7=9 (9) wrong, 2-16=14 (14) wrong', '1-, x- misquote'],
    // A number that the idea does not have.
    ['7+2=5 (9) wrong, 16-2=14 (14) right', 'x- misquote, 0+'],
    // The left side is recomputed wrongly.
    ['16-2=14 (13) right, 7+2=9 (8) right', '0+ miscalculated, 1+ miscalculated'],
    // The same equation twice, where the idea has it once.
    ['16-2=14 (14) right, 16-2=14 (14) wrong', '0+, x- misquote'],
    ['', ''],
  ])('%j', (marks, wanted) => {
    expect(theirs(`Mine: . Theirs: ${marks}${rest}`)).toBe(wanted)
  })

  it('are grouped by idea, with the verdict on each', () => {
    const { checks } = readChecks(SOUND, true, [ELI, DEE], question)
    expect(checks.map(({ marks }) => told(marks))).toEqual(['0-, 1+, 2-', '0+, 1-, 2-'])
    expect(checks.map(({ verdict, right }) => [verdict, right])).toEqual([
      [false, false],
      [false, false],
    ])
    expect(
      readChecks('Verdict: mine wrong, theirs right.', true, ['', '#### 28'], question).checks[1],
    ).toEqual({ idea: 1, marks: [], verdict: true, right: true })
  })

  it('a step that an idea repeats can have as many marks', () => {
    const twice = '3*2=6. 3*2=6. #### 6'
    const { checks } = readChecks('Mine: 3*2=6 (6) right, 3*2=6 (6) wrong', true, [twice], {
      steps: ['3*2=6'],
      answer: '9',
    })
    expect(told(checks[0].marks)).toBe('0+, 1- rejected')
  })

  it.each([
    SOUND,
    'Theirs: 16+2=24 (14) wrong. Mine: 16-2=14 (14) right. Verdict: theirs wrong, mine right, mine right.',
    'Theirs 2: 7*2=14 (14) right. Verdict: theirs 2 right.',
    'I think that mine is right, and theirs (wrong) is not. 7*2=14 (1',
  ])('only grow while %j is written', (text) => {
    let before: readonly (readonly Mark[])[] = [[], [], []]
    for (let end = 0; end <= text.length + 1; end++) {
      const read = readChecks(text.slice(0, end), end > text.length, [ELI, DEE, DEE], question)
      const marks = read.checks.map((check) => check.marks)
      for (const [idea, own] of before.entries()) expect(marks[idea].slice(0, own.length)).toEqual(own)
      before = marks
    }
  })
})

describe('an analysis as a whole', () => {
  it.each([
    ['cooperate', SOUND, 'right'],
    ['cooperate', SOUND.replace('theirs wrong.', 'theirs right.'), 'wrong'],
    // Right verdicts with a misquote, a wrong result, a rejected mark, and a missing step.
    ['cooperate', SOUND.replace('7+2=9 (9)', '7+5=9 (12)'), 'wrong'],
    ['cooperate', SOUND.replace('7+2=9 (9)', '7+2=9 (8)'), 'wrong'],
    ['cooperate', SOUND.replace('7+2=9 (9) wrong', '7+2=9 (9) right'), 'wrong'],
    ['cooperate', SOUND.replace('7+2=9 (9) wrong, ', ''), 'wrong'],
    ['cooperate', SOUND.replace('theirs wrong.', 'theirs wrong, theirs wrong.'), 'unreadable'],
    ['cooperate', SOUND.replace('Mine:', 'Ours:'), 'unreadable'],
    // A competing peer reviews the other's idea first, and stops at the first mistake.
    [
      'compete',
      'Theirs: 16-2=14 (14) right, 7+2=9 (9) wrong. Mine: 16+2=18 (18) wrong. Verdict: theirs wrong, mine wrong.',
      'right',
    ],
    [
      'compete',
      'Theirs: 16-2=14 (14) right. Mine: 16+2=18 (18) wrong. Verdict: theirs wrong, mine wrong.',
      'wrong',
    ],
    ['compete', SOUND, 'unreadable'],
  ] as const)('%s: %s is %s', (mode, text, wanted) => {
    expect(soundness(text, [ELI, DEE], question, mode)).toBe(wanted)
  })
})

test('each equation of a final answer is attributed to the peers that had it, in any order', () => {
  const sources = (text: string) => stepsIn(text).map((step) => sourcesOf(step, [DEE, ELI, '12+7=19.']))
  expect(sources('16-2=14. 7*2=14. 2*7=14. 14+14=28. 7+12=19.')).toEqual([[0], [1], [1], [], [2]])
  expect(sourcesOf(stepsIn('16-2=14')[0], [DEE, DEE])).toEqual([0, 1])
})

test('“theirs” is clear for two peers, and read from the prompt for more', () => {
  expect(shownOrder(1, [DEE, ELI])).toEqual([1, 0])
  expect(shownOrder(0, [DEE])).toEqual([0])
  const ideas = [DEE, `${ELI}\n`, 'Four.']
  expect(shownOrder(0, ideas)).toBeNull()
  expect(shownOrder(0, ideas, `Mine: ${DEE}\nTheirs: Four.\nTheirs 2: ${ELI}\n`)).toEqual([0, 2, 1])
  expect(shownOrder(2, [DEE, DEE, ELI], `Mine: ${ELI}\nTheirs: ${DEE}\nTheirs 2: ${DEE}\n`)).toEqual([
    2, 0, 1,
  ])
  expect(shownOrder(0, ideas, 'another prompt')).toBeNull()
})

test('final answers agree unless one differs', () => {
  expect(agree(['16-2=14. ', '16-2', ''], false)).toBe(true)
  expect(agree(['16-2=14', '16+'], false)).toBe(false)
  expect(agree(['1', '12', '13'], false)).toBe(false)
  expect(agree(['4', '49'], true)).toBe(false)
  expect(agree(['49\n', '49'], true)).toBe(true)
})

test('a whole discussion: marks of both peers on both ideas, as the texts come', () => {
  const says = (peer: string, stage: 'share' | 'analyze', text: string) =>
    ({ type: 'text', step: 3, peer, stage, text }) as const
  const shared = written(
    written(asked({ step: 3, question }, 'ilr'), says('dee', 'share', DEE)),
    says('eli', 'share', ELI),
  )
  expect(conversationOf(shared, ['dee', 'eli'])).toEqual({
    ideas: [DEE, ELI],
    analyses: [null, null],
    marks: [[], []],
  })
  const begun = discussed(shared, { type: 'discussion', step: 3, question, mode: 'cooperate', judgement: {} })
  const live = conversationOf(written(begun, says('eli', 'analyze', SOUND)), ['dee', 'eli'])
  expect(live.marks.map((marks) => marks.map(({ by, own, at }) => [by, own, at]))).toEqual([
    [0, 1, 2].map((at) => [1, false, at]),
    [0, 1, 2].map((at) => [1, true, at]),
  ])
  // The whole has no verdict before it is complete.
  expect(live.analyses[1]?.sound).toBeNull()
  const ended = { ...written(begun, says('eli', 'analyze', SOUND)), writing: null }
  expect(conversationOf(ended, ['dee', 'eli']).analyses[1]?.sound).toBe('right')
})
