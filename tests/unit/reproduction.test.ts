import { expect, test } from 'vitest'
import { DIGEST_START } from '../../src/ilr/digest_chain'
import { MOST_MARKS, resultOf, verdictOf, verdictText } from '../../src/runs/reproduction'

const digest = (step: number, run = 'a') => run.repeat(3).concat(step.toString(16).padStart(61, '0'))
/** Makes the steps of a run that becomes run b at some step. */
const steps = (count: number, parting = Number.POSITIVE_INFINITY) =>
  Array.from({ length: count }, (_, i) => ({
    step: i + 1,
    digest: digest(i + 1, i + 1 < parting ? 'a' : 'b'),
    chain: DIGEST_START,
  }))
const evaluations = [
  { solo: { ada: 0.5, bo: 0.25 } },
  { solo: { ada: 0.6, bo: 0.3 } },
  { solo: { ada: 0.75, bo: 2 / 3 } },
]

const shared = (count: number) => {
  const result = resultOf(steps(count), evaluations, ['ada', 'bo'])
  if (result === null) throw new Error('no result')
  return result
}

test('a result has every step’s mark, the last digest, and first and last accuracies', () => {
  expect(shared(3)).toEqual({
    chain: DIGEST_START,
    steps: 3,
    digest: digest(3),
    marks: [
      { step: 1, begins: 'aaa000' },
      { step: 2, begins: 'aaa000' },
    ],
    solo: [
      [0.5, 0.75],
      [0.25, 0.6667],
    ],
  })
  expect(resultOf([], evaluations, ['ada'])).toBeNull()
  expect(resultOf(steps(3), evaluations.slice(0, 1), ['ada', 'bo'])?.solo).toBeNull()
})

test('a long run has some marks, at equal distances', () => {
  const { marks } = shared(1000)
  expect(marks.length).toBeLessThanOrEqual(MOST_MARKS)
  expect(marks.map(({ step }) => step)).toEqual(marks.map((_, i) => 9 * (i + 1)))
})

test('unknown digests of steps omit the marks, and an unknown last digest the result', () => {
  const some = steps(4).map((step, i) => (i === 1 ? { step: step.step } : step))
  expect(resultOf(some, [], [])).toMatchObject({ steps: 4, digest: digest(4), marks: [] })
  expect(resultOf(some.slice(0, 2), [], [])).toBeNull()
})

test('a run is compared as far as it has come, and completely at the end', () => {
  expect(verdictOf(shared(5), [])).toEqual({ kind: 'so-far', step: 0, of: 5 })
  expect(verdictOf(shared(5), steps(3))).toEqual({ kind: 'so-far', step: 3, of: 5 })
  expect(verdictOf(shared(5), steps(5))).toEqual({ kind: 'reproduced', steps: 5 })
  expect(verdictOf(shared(5), steps(8))).toEqual({ kind: 'reproduced', steps: 5 })
})

test('the step of a difference is named, or the two marks around it', () => {
  expect(verdictOf(shared(5), steps(5, 3))).toEqual({ kind: 'parted', after: 2, by: 3, of: 5 })
  expect(verdictOf(shared(5), steps(5, 5))).toEqual({ kind: 'parted', after: 4, by: 5, of: 5 })
  expect(verdictOf(shared(5), steps(1, 1))).toEqual({ kind: 'parted', after: 0, by: 1, of: 5 })
  expect(verdictOf(shared(1000), steps(1000, 20))).toEqual({ kind: 'parted', after: 18, by: 27, of: 1000 })
})

test('the last digest is compared in full', () => {
  const result = shared(2)
  const off = { ...result, digest: `${result.digest.slice(0, -1)}f` }
  expect(verdictOf(off, steps(2)).kind).toBe('parted')
})

test('digests of another version are not compared', () => {
  const older = steps(2).map(({ step, digest }) => ({ step, digest }))
  expect(verdictOf({ ...shared(2), chain: 'colloquy-0' }, steps(2))).toEqual({ kind: 'incomparable' })
  expect(verdictOf({ ...shared(2), chain: 'colloquy-0' }, [])).toEqual({ kind: 'incomparable' })
  expect(verdictOf(shared(2), older)).toEqual({ kind: 'incomparable' })
  expect(resultOf(older, [], [])).toMatchObject({ chain: 'colloquy-1', digest: digest(2) })
})

test('verdicts are sentences', () => {
  expect(verdictText({ kind: 'so-far', step: 3, of: 5 })).toBe('Reproduced up to step 3 of 5.')
  expect(verdictText({ kind: 'parted', after: 2, by: 3, of: 5 })).toBe(
    'Not the same: this run parted from the shared one at step 3 of 5. Up to step 2 it was the same.',
  )
  expect(verdictText({ kind: 'parted', after: 18, by: 27, of: 1000 })).toContain(
    'somewhere in steps 19 to 27',
  )
})
