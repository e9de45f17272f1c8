import { expect, test } from 'vitest'
import { exploratoryFindings, type PrimaryFinding, primaryFindings } from '../../src/study/findings'
import { PRIMARY_CLAIMS } from '../../src/study/primary_claims'
import type { StudyLine, StudyRun } from '../../src/study/results'
import { STUDY } from '../../src/study/scenarios'
import { line, run } from './study_runs'

/** The eight claims of duet need nine seeds: 8 · 2^-8 is below 0.05. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9]
/** Difference between seeds: small, so that intervals are a few points wide. */
const noise = (seed: number) => (seed - 5) * 0.002

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

/** A primary claim of duet by the rest of its id. */
function primary(runs: readonly StudyRun[], id: string): PrimaryFinding {
  const found = primaryFindings(STUDY, 'duet', runs).filter(({ claim }) => claim.id === `duet/${id}`)
  expect(found).toHaveLength(1)
  return found[0]
}

/** An exploratory measure of duet by part of its text; null where no seed has it. */
function exploratory(runs: readonly StudyRun[], part: string) {
  const found = exploratoryFindings(STUDY, 'duet', runs).filter(({ text }) => text.includes(part))
  expect(found.length).toBeLessThan(2)
  return found.length === 0 ? null : { points: inPoints(found[0].estimate.mean), p: found[0].p }
}

const inPoints = (mean = Number.NaN) => Number((100 * mean).toFixed(6))
const points = ({ estimate }: PrimaryFinding) => inPoints(estimate?.mean)
/** The p of nine differences with the same sign. */
const LEAST_P = 2 ** -8

test('gains are compared at equal numbers of tokens', () => {
  const runs = [
    ...arm('ilr', 0.8),
    ...untilUsed('solo', [0.52, 0.62]),
    ...untilUsed('share-only', [0.75, 0.85]),
  ]
  const solo = primary(runs, 'solo')
  expect([points(solo), solo.verdict]).toEqual([18, 'holds'])
  // Seeds differ equally in both arms, so the paired difference is constant.
  expect(solo.estimate?.interval?.[0]).toBeCloseTo(0.18, 10)
  expect(solo.p).toBe(LEAST_P)
  const share = primary(runs, 'share-only')
  expect([points(share), share.verdict]).toEqual([-5, 'contradicted'])
  expect(exploratory(runs, 'ilr − solo at equal trained')).toEqual({ points: 28, p: LEAST_P })
  // A primary claim is not repeated among the exploratory measures.
  expect(exploratory(runs, 'ilr − solo at equal generated')).toBeNull()
})

test('p is of the bar, not of 0, and claims that nobody measured count in its correction', () => {
  const solo = untilUsed('solo', [0.5, 0.5])
  const far = primary([...arm('ilr', 0.8), ...solo], 'solo')
  expect([far.p, far.corrected]).toEqual([LEAST_P, 8 * LEAST_P])
  // Differences are 7, 10 and 13 points: far from 0, and around the bar of 10.
  const around = SEEDS.map((seed) => run('ilr', seed, [0.5, 0.6 + noise(seed) + 0.03 * ((seed % 3) - 1)]))
  const near = primary([...around, ...solo], 'solo')
  expect(near.p).toBe(1)
  expect([near.corrected, near.verdict]).toEqual([1, 'undecided'])
})

test('with five seeds nothing holds, whatever the difference', () => {
  const few = [1, 2, 3, 4, 5].map((seed) => run('ilr', seed, [0.5, 0.94 + seed / 100]))
  const solo = primary([...few, ...untilUsed('solo', [0.01, 0.01])], 'solo')
  expect([points(solo), solo.p, solo.verdict]).toEqual([96.4, 0.0625, 'undecided'])
  expect(solo.detectable(12)).toBeLessThan(solo.detectable(5) ?? 0)
})

test('an arm that never used enough tokens is not compared', () => {
  const few = untilUsed('solo', [0.5, 0.5]).map((one) => ({
    ...one,
    lines: one.lines.map((scores) => ({ ...scores, generatedTokens: scores.generatedTokens / 2 })),
  }))
  const runs = [...arm('ilr', 0.8), ...few]
  const solo = primary(runs, 'solo')
  expect([solo.verdict, solo.p, solo.corrected, solo.detectable(12)]).toEqual([
    'not measured',
    null,
    null,
    null,
  ])
  expect(exploratory(runs, 'ilr − solo at equal trained')).toEqual({ points: 30, p: LEAST_P })
})

test('against each fixed mode: the worse for the claim counts, and neither alone', () => {
  const both = primary([...arm('ilr', 0.8), ...arm('cooperate', 0.79), ...arm('compete', 0.7)], 'modes')
  expect([points(both), both.verdict]).toEqual([1, 'holds'])
  // The one that reaches furthest to the wrong side, even where its mean is the better one.
  const wide = SEEDS.map((seed) => run('compete', seed, [0.5, seed > 6 ? 1 : 0.3]))
  const mixed = primary([...arm('ilr', 0.8), ...arm('cooperate', 0.79), ...wide], 'modes')
  expect(points(mixed)).toBeCloseTo(26.67, 2)
  expect(mixed.estimate?.interval?.[0]).toBeLessThan(0)
  expect(mixed.p).toBeGreaterThan(0.05)
  expect(mixed.verdict).toBe('undecided')
  expect(primary([...arm('ilr', 0.8), ...arm('cooperate', 0.79)], 'modes').verdict).toBe('not measured')
})

test('skills that peers lack and have are compared', () => {
  const skills = (missing: number, known: number) => ({
    ada: { cmp: missing, times: missing, addsub: known, muladd: known, three: known },
    bo: { addsub: missing, three: missing, cmp: known, muladd: known, times: known },
  })
  const start = { skills: skills(0.02, 0.9), sampled: skills(0, 0.9) }
  const end = { skills: skills(0.6, 0.5), sampled: skills(0.5, 0.85) }
  const kept = { skills: skills(0.6, 0.9), sampled: skills(0.5, 0.89) }
  const runs = [...arm('ilr', 0.8, [start, end]), ...arm('kl', 0.8, [start, kept])]
  const missing = primary(runs, 'missing')
  expect([points(missing), missing.verdict]).toEqual([60, 'holds'])
  const known = primary(runs, 'known')
  expect([points(known), known.verdict]).toEqual([5, 'contradicted'])
  expect(primary([...arm('ilr', 0.8, [start, kept])], 'known').verdict).toBe('holds')
  // An arm that protects known skills is measured by its own loss of them.
  expect(exploratory(runs, 'kl, loss of known skills')?.points).toBe(1)
  expect(exploratory(runs, 'slower, loss of known skills')).toBeNull()
})

test('fusing is kept only if every peer keeps it', () => {
  const first = { idea3: { ada: 0.7, bo: 0.4 }, debate: { ada: 0.6, bo: 0.6 }, vote: 0.55 }
  const last = { idea3: { ada: 0.9, bo: 0.3 }, vote: 0.85, solo: { ada: 0.8, bo: 0.8 } }
  const runs = arm('ilr', 0.8, [first, last])
  const fusing = primary(runs, 'fusing')
  expect([points(fusing), fusing.verdict]).toEqual([-10, 'contradicted'])
  const kept = primary(arm('ilr', 0.8, [first, { ...last, idea3: { ada: 0.9, bo: 0.4 } }]), 'fusing')
  expect([points(kept), kept.verdict]).toEqual([0, 'holds'])
  expect(exploratory(runs, 'ilr, ada: idea3 − solo at the start')?.points).toBe(20)
  expect(exploratory(runs, 'ilr, bo: idea3 − solo at the start')?.points).toBe(-10)
  expect(exploratory(runs, 'ilr, ada: idea3 − solo at the end')?.points).toBe(10)
  expect(exploratory(runs, 'ilr, bo: debate − solo at the start')?.points).toBe(10)
  expect(exploratory(runs, 'ilr, bo: debate − solo at the end')).toBeNull()
  expect(exploratory(runs, 'ilr, ada: idea3, end − start')?.points).toBe(20)
  expect(exploratory(runs, 'samples − mean solo at the start')?.points).toBe(5)
  expect(exploratory(runs, 'samples − mean solo at the end')?.points).toBe(5)
})

test('against a costlier arm: the relative cost of ilr without a p, and whether ilr is not worse', () => {
  const cost = (seconds: number, steps: number) => ({
    cost: { steps, seconds, stageSeconds: {}, tokens: {}, promptTokens: {} },
  })
  const runs = [
    ...arm('full', 0.8, [{}, cost(100, 20)]),
    ...arm('ilr', 0.78, [{}, { ...cost(50, 20), trainedTokens: 700, generatedTokens: 1500 }]),
  ]
  expect(exploratory(runs, 'ilr : full, seconds per step')).toEqual({ points: 50, p: null })
  expect(exploratory(runs, 'ilr : full, generated tokens')).toEqual({ points: 50, p: null })
  expect(exploratory(runs, 'ilr : full, trained tokens')).toEqual({ points: 70, p: null })
  const full = primary(runs, 'full')
  expect([points(full), full.verdict]).toEqual([-2, 'contradicted'])
})

test('one seed decides nothing, and runs of other scenarios are ignored', () => {
  const one = [
    run('ilr', 1, [0.5, 0.9]),
    run('full', 1, [0.5, 0.5]),
    run('full', 2, [0.5, 0.5], [{}, {}], 'halves'),
  ]
  const full = primary(one, 'full')
  expect([points(full), full.verdict, full.estimate?.n]).toEqual([40, 'undecided', 1])
})

test('claims of a scenario without runs, or that the study does not have yet, are not measured', () => {
  const findings = ['halves', 'mixed'].flatMap((name) => primaryFindings(STUDY, name, arm('ilr', 0.8)))
  expect(findings).toHaveLength(PRIMARY_CLAIMS.halves.length + PRIMARY_CLAIMS.mixed.length)
  expect(new Set(findings.map(({ verdict }) => verdict))).toEqual(new Set(['not measured']))
})

test('the claims of mixed have the bars that were set for it, and every id is used once', () => {
  expect(PRIMARY_CLAIMS.mixed.map(({ id, bar }) => [id, bar.direction, inPoints(bar.value)])).toEqual([
    ['mixed/modes', 'at least', 3],
    ['mixed/share-only', 'at least', 5],
    ['mixed/self-debate', 'at least', 5],
    ['mixed/solo', 'at least', 10],
    ['mixed/fusing', 'at least', -2],
    ['mixed/stronger', 'at least', -1],
    ['mixed/known', 'at most', 2],
  ])
  const ids = Object.values(PRIMARY_CLAIMS).flatMap((claims) => claims.map(({ id }) => id))
  expect(new Set(ids).size).toBe(ids.length)
})

test('the stronger peer is the one that is better alone, and needs a thousand questions', () => {
  const [measure] = PRIMARY_CLAIMS.mixed.find(({ id }) => id === 'mixed/stronger')?.measures([]) ?? []
  const scores = { solo: { ada: 0.5, bo: 0.8 }, idea3: { ada: 0.9, bo: 0.75 } }
  const of = (n: number) =>
    measure(() => run('ilr', 1, [0.5, 0.5], [{ ...scores, n }, {}]), STUDY.scenarios.duet)
  expect(inPoints(of(1000) ?? Number.NaN)).toBe(-5)
  expect(of(999)).toBeNull()
})
