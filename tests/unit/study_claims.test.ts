import { expect, test } from 'vitest'
import { type Finding, findingsOf } from '../../src/study/claims'
import type { StudyLine, StudyRun } from '../../src/study/results'
import { STUDY } from '../../src/study/scenarios'
import { line, run } from './study_runs'

const SEEDS = [1, 2, 3]
/** Difference between seeds: small, so that intervals are a few points wide. */
const noise = (seed: number) => (seed - 2) * 0.01

/** Makes the runs of all seeds of an arm. */
function arm(name: string, end: number, [first, last]: [Partial<StudyLine>, Partial<StudyLine>] = [{}, {}]) {
  return SEEDS.map((seed) => run(name, seed, [0.5, end + noise(seed)], [first, last]))
}

/** Makes a run until it has used ilr's 1000 trained and 3000 generated tokens, evaluated at each. */
function untilUsed(name: string, [atTrained, atGenerated]: [number, number]): StudyRun[] {
  return SEEDS.map((seed) => {
    const job = { scenario: 'duet', arm: name, seed }
    const at = (solo: number, step: number, trainedTokens: number, generatedTokens: number) =>
      line(job, solo, { step, trainedTokens, generatedTokens, final: generatedTokens === 3000 })
    const lines = [
      ...[at(0.5, 0, 0, 0), at(0.51, 10, 500, 1200)],
      ...[at(atTrained + noise(seed), 20, 1000, 2100), at(0.1, 25, 1250, 2600)],
      at(atGenerated + noise(seed), 30, 1500, 3000),
    ]
    return { ...job, lines }
  })
}

function find(findings: readonly Finding[], part: string): Finding {
  const found = findings.filter(({ claim }) => claim.text.includes(part))
  expect(found.map(({ claim }) => claim.text)).toHaveLength(1)
  return found[0]
}

const points = ({ estimate }: Finding) => Number((100 * (estimate?.mean ?? Number.NaN)).toFixed(6))

test('gains are compared at equal numbers of tokens', () => {
  const findings = findingsOf(STUDY, 'duet', [
    ...arm('ilr', 0.8),
    ...untilUsed('solo', [0.52, 0.62]),
    ...untilUsed('share-only', [0.85, 0.75]),
  ])
  const trained = find(findings, 'ilr − solo at equal trained')
  expect(points(trained)).toBe(28)
  // Seeds differ equally in both arms, so the paired difference is constant.
  expect(trained.estimate?.interval?.[0]).toBeCloseTo(0.28, 10)
  expect(trained.verdict).toBe('holds')
  expect(points(find(findings, 'ilr − solo at equal generated'))).toBe(18)
  expect(points(find(findings, 'ilr − share-only at equal trained'))).toBe(-5)
  expect(find(findings, 'ilr − share-only at equal trained').verdict).toBe('does not hold')
  expect(find(findings, 'share-only − ilr at equal trained').verdict).toBe('holds')
  expect(find(findings, 'ilr − share-only at equal generated').verdict).toBe('holds')
})

test('an arm that never used enough tokens is not compared', () => {
  const few = untilUsed('solo', [0.5, 0.5]).map((one) => ({
    ...one,
    lines: one.lines.map((scores) => ({ ...scores, generatedTokens: scores.generatedTokens / 2 })),
  }))
  const findings = findingsOf(STUDY, 'duet', [...arm('ilr', 0.8), ...few])
  expect(find(findings, 'ilr − solo at equal generated').verdict).toBe('not measured')
  expect(find(findings, 'ilr − solo at equal trained').verdict).toBe('holds')
})

test('the better fixed mode is the one with the better mean, over seeds that both have', () => {
  const runs = [...arm('ilr', 0.8), ...arm('cooperate', 0.79), ...arm('compete', 0.7)]
  const better = find(findingsOf(STUDY, 'duet', runs), 'the better of')
  expect(better.claim.text).toContain('by mean: cooperate')
  expect(points(better)).toBe(1)
  expect(better.verdict).toBe('holds')
  // A seed that only one arm has does not count.
  const lucky = run('compete', 9, [0.5, 1])
  expect(find(findingsOf(STUDY, 'duet', [...runs, lucky]), 'the better of').claim.text).toContain('cooperate')
  expect(find(findingsOf(STUDY, 'duet', arm('ilr', 0.8)), 'the better of').verdict).toBe('not measured')
})

test('skills that peers lack and have are compared', () => {
  const skills = (missing: number, known: number) => ({
    ada: { cmp: missing, times: missing, addsub: known, muladd: known, three: known },
    bo: { addsub: missing, three: missing, cmp: known, muladd: known, times: known },
  })
  const start = { skills: skills(0.02, 0.9), sampled: skills(0, 0.9) }
  const end = { skills: skills(0.6, 0.5), sampled: skills(0.5, 0.85) }
  const kept = { skills: skills(0.6, 0.9), sampled: skills(0.5, 0.89) }
  const findings = findingsOf(STUDY, 'duet', [
    ...arm('ilr', 0.8, [start, end]),
    ...arm('kl', 0.8, [start, kept]),
  ])
  expect(points(find(findings, 'missing skills at the start'))).toBe(2)
  expect(find(findings, 'missing skills at the start').verdict).toBe('holds')
  expect(points(find(findings, 'missing skills at the end'))).toBe(60)
  expect(find(findings, 'missing skills at the end').verdict).toBe('holds')
  expect(points(find(findings, 'ilr, loss of known skills'))).toBe(5)
  expect(find(findings, 'ilr, loss of known skills').verdict).toBe('does not hold')
  // An arm that protects known skills is tested by its own loss of them.
  expect(points(find(findings, 'kl, loss of known skills'))).toBe(1)
  expect(find(findings, 'kl, loss of known skills').verdict).toBe('holds')
  expect(find(findings, 'slower, loss of known skills').verdict).toBe('not measured')
})

test('exchanges are compared per peer, at start and end; a decay of fusing is found', () => {
  const first = { idea3: { ada: 0.7, bo: 0.4 }, debate: { ada: 0.6, bo: 0.6 }, vote: 0.55 }
  const last = { idea3: { ada: 0.9, bo: 0.3 }, vote: 0.85, solo: { ada: 0.8, bo: 0.8 } }
  const findings = findingsOf(STUDY, 'duet', arm('ilr', 0.8, [first, last]))
  const found = (part: string) => [points(find(findings, part)), find(findings, part).verdict]
  expect(found('ilr, ada: idea3 − solo at the start')).toEqual([20, 'holds'])
  expect(found('ilr, bo: idea3 − solo at the start')).toEqual([-10, 'does not hold'])
  expect(found('ilr, ada: idea3 − solo at the end')).toEqual([10, 'holds'])
  expect(found('ilr, bo: debate − solo at the start')).toEqual([10, 'holds'])
  expect(find(findings, 'ilr, bo: debate − solo at the end').verdict).toBe('not measured')
  expect(found('ilr, ada: idea3, end − start')).toEqual([20, 'holds'])
  expect(found('ilr, bo: idea3, end − start')).toEqual([-10, 'does not hold'])
  expect(found('samples − mean solo at the start')).toEqual([5, 'holds'])
  expect(found('samples − mean solo at the end')).toEqual([5, 'holds'])
})

test('against a costlier arm: the relative cost of ilr, and whether ilr is as good', () => {
  const cost = (seconds: number, steps: number) => ({
    cost: { steps, seconds, stageSeconds: {}, tokens: {}, promptTokens: {} },
  })
  const findings = findingsOf(STUDY, 'duet', [
    ...arm('full', 0.8, [{}, cost(100, 20)]),
    ...arm('ilr', 0.78, [{}, { ...cost(50, 20), trainedTokens: 700, generatedTokens: 1500 }]),
  ])
  const found = (part: string) => [points(find(findings, part)), find(findings, part).verdict]
  expect(found('ilr : full, seconds per step')).toEqual([50, 'holds'])
  expect(found('ilr : full, generated tokens')).toEqual([50, 'holds'])
  expect(found('ilr : full, trained tokens')).toEqual([70, 'does not hold'])
  expect(found('ilr − full at the end')).toEqual([-2, 'does not hold'])
})

test('one seed decides nothing, and runs of other scenarios are ignored', () => {
  const one = [
    run('ilr', 1, [0.5, 0.9]),
    run('random', 1, [0.5, 0.5]),
    run('random', 2, [0.5, 0.5], [{}, {}], 'halves'),
  ]
  const random = find(findingsOf(STUDY, 'duet', one), 'ilr − random')
  expect([points(random), random.verdict, random.estimate?.n]).toEqual([40, 'undecided', 1])
})
