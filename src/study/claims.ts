import { presetConfig } from '../config/presets'
import { mean } from '../report/averages'
import { type Estimate, estimate } from '../report/statistics'
import { finalOf, firstOf, meanOod, meanSolo, onKnown, onMissing, type Tokens, whenUsed } from './measures'
import type { StudyLine, StudyRun } from './results'
import { REFERENCE_ARM, type Scenario, type Study } from './scenarios'
import { type Bar, type Verdict, verdictOf } from './verdict'

/** The runs of one scenario with one seed, by arm. */
type OfSeed = (arm: string) => StudyRun | undefined
/** One number of one seed; null if its runs are missing or did not measure it. */
export type Measure = (runs: OfSeed) => number | null

export interface Claim {
  readonly text: string
  /** The text without names that differ between scenarios: the document has one row for claims with an equal one. */
  readonly row: string
  /** Points are differences of accuracies, shares are accuracies or ratios. */
  readonly unit: 'points' | 'share'
  readonly bar: Bar
  readonly measure: Measure
}

export interface Finding {
  readonly claim: Claim
  readonly estimate: Estimate | null
  readonly verdict: Verdict
}

/** Largest accuracy that counts as zero: a wrong reading is sometimes right by coincidence. */
const NEARLY_ZERO = 0.05
/** Largest allowed loss of known skills. */
const KNOWN_LOSS = 0.02
/** Maximum reference cost as a fraction of the costlier arm's. */
const CHEAPER = 0.6
const FIXED_MODES = ['cooperate', 'compete'] as const

/** The claims of a scenario with their verdicts: each seed gives one number, for a mean and an interval over seeds. */
export function findingsOf(study: Study, scenario: string, all: readonly StudyRun[]): Finding[] {
  const runs = all.filter((run) => run.scenario === scenario)
  const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b)
  return claimsOf(study, scenario, runs).map((claim) => {
    const values = seeds
      .map((seed) => claim.measure((arm) => runs.find((run) => run.arm === arm && run.seed === seed)))
      .filter((value) => value !== null)
    const found = estimate(values)
    return { claim, estimate: found, verdict: verdictOf(claim.bar, found) }
  })
}

/** The runs tell which fixed mode was the better one, and which skills there are. */
function claimsOf(study: Study, name: string, runs: readonly StudyRun[]): Claim[] {
  const scenario = study.scenarios[name]
  const peers = presetConfig(scenario.preset).peers.map(({ id }) => id)
  const general = (text: string) =>
    peers
      .reduce((row, peer, i) => row.replace(`, ${peer}:`, `, peer ${i + 1}:`), text)
      .replace(/ \(by mean: [^)]+\)/, '')
  const claims = [
    ...learningClaims(study, scenario),
    ...knownClaims(study, scenario, runs),
    ...armClaims(study, runs),
    ...peers.flatMap((peer) => exchangeClaims(study, peer)),
    ...MOMENTS.map(([when, line]) =>
      notWorse(`ilr, vote of all peers’ samples − mean solo at the ${when}`, (of) =>
        read(of(REFERENCE_ARM), line, (scores) => subtract(scores.vote ?? null, meanSolo(scores))),
      ),
    ),
    notWorse('ilr, harder questions than any trained on, end − start', change(REFERENCE_ARM, meanOod)),
  ]
  return claims.map((claim) => ({ ...claim, row: general(claim.text) }))
}

const MOMENTS = [
  ['start', firstOf],
  ['end', finalOf],
] as const

type ScenarioClaim = Omit<Claim, 'row'>

function inPoints(text: string, bar: Bar, measure: Measure): ScenarioClaim {
  return { text, unit: 'points', bar, measure }
}

function asShare(text: string, bar: Bar, measure: Measure): ScenarioClaim {
  return { text, unit: 'share', bar, measure }
}

function notWorse(text: string, measure: Measure): ScenarioClaim {
  return inPoints(text, { kind: 'not-worse' }, measure)
}

function learningClaims(study: Study, scenario: Scenario): ScenarioClaim[] {
  const { gainOverSolo, gainOverShareOnly, missingAtEnd } = scenario.bars
  const claims: ScenarioClaim[] = []
  const against = (arm: string, least: number) => {
    for (const [words, kind] of [
      ['trained', 'trainedTokens'],
      ['generated', 'generatedTokens'],
    ] as const) {
      const difference = atEqualTokens(arm, kind)
      const gain = (text: string, least: number, measure: Measure) =>
        claims.push(inPoints(`${text} at equal ${words} tokens`, { kind: 'gain', least }, measure))
      gain(`ilr − ${arm}`, least, difference)
      if (arm === 'share-only') gain(`${arm} − ilr`, 0, negated(difference))
    }
  }
  if (study.arms.solo) against('solo', gainOverSolo)
  if (study.arms['share-only']) against('share-only', gainOverShareOnly ?? 0)
  const missing =
    (line: (run: StudyRun) => StudyLine): Measure =>
    (of) =>
      read(of(REFERENCE_ARM), line, ({ skills }) => onMissing(skills, scenario))
  claims.push(
    asShare('ilr, missing skills at the start', { kind: 'at-most', most: NEARLY_ZERO }, missing(firstOf)),
  )
  if (missingAtEnd !== null)
    claims.push(
      asShare('ilr, missing skills at the end', { kind: 'at-least', least: missingAtEnd }, missing(finalOf)),
    )
  return claims
}

/** The arms that the claims about losses are asked of. */
function keepingArms({ arms }: Study): string[] {
  return [REFERENCE_ARM, ...Object.keys(arms).filter((arm) => arms[arm].keeps)]
}

/** None if peers have no skill to lose. */
function knownClaims(study: Study, scenario: Scenario, runs: readonly StudyRun[]): ScenarioClaim[] {
  if (!runs.some((run) => onKnown(finalOf(run).skills, scenario) !== null)) return []
  return keepingArms(study).map((arm) =>
    inPoints(
      `${arm}, loss of known skills, sampled at T = 1`,
      { kind: 'at-most', most: KNOWN_LOSS },
      negated(change(arm, ({ sampled }) => onKnown(sampled, scenario))),
    ),
  )
}

function armClaims({ arms }: Study, runs: readonly StudyRun[]): ScenarioClaim[] {
  const claims: ScenarioClaim[] = []
  const fixed = betterFixedMode(runs)
  if (FIXED_MODES.every((mode) => arms[mode]))
    claims.push(
      notWorse(
        `ilr − the better of ${FIXED_MODES.join(' and ')} (by mean: ${fixed ?? 'not known yet'}) at the end`,
        (of) => (fixed === null ? null : atTheEnd(fixed)(of)),
      ),
    )
  for (const [arm, { claim }] of Object.entries(arms)) {
    const text = `ilr − ${arm} at the end`
    if (claim === 'no better') claims.push(notWorse(text, atTheEnd(arm)))
    if (claim === 'costlier')
      claims.push(...cheaperClaims(arm), inPoints(text, { kind: 'as-good' }, atTheEnd(arm)))
  }
  return claims
}

function cheaperClaims(arm: string): ScenarioClaim[] {
  const ratio = (what: string, cost: (run: StudyRun) => number | null) =>
    asShare(`ilr : ${arm}, ${what}`, { kind: 'at-most', most: CHEAPER }, (of) => {
      const own = of(arm)
      const reference = of(REFERENCE_ARM)
      const [a, b] = [own ? cost(own) : null, reference ? cost(reference) : null]
      return a === null || b === null || a === 0 ? null : b / a
    })
  return [
    ratio('seconds per step', secondsPerStep),
    ratio('generated tokens', (run) => finalOf(run).generatedTokens),
    ratio('trained tokens', (run) => finalOf(run).trainedTokens),
  ]
}

/** What a discussion adds to a peer's own answer, before training and after. */
function exchangeClaims(study: Study, peer: string): ScenarioClaim[] {
  return [
    ...(['idea3', 'debate'] as const).flatMap((method) =>
      MOMENTS.map(([when, line]) =>
        notWorse(`ilr, ${peer}: ${method} − solo at the ${when}`, (of) =>
          read(of(REFERENCE_ARM), line, (scores) =>
            subtract(scores[method]?.[peer] ?? null, scores.solo[peer] ?? null),
          ),
        ),
      ),
    ),
    ...keepingArms(study).map((arm) =>
      notWorse(
        `${arm}, ${peer}: idea3, end − start`,
        change(arm, ({ idea3 }) => idea3[peer] ?? null),
      ),
    ),
  ]
}

function negated(measure: Measure): Measure {
  return (of) => {
    const value = measure(of)
    return value === null ? null : -value
  }
}

/** Seconds of training a step, evaluations not counted. */
export function secondsPerStep(run: StudyRun): number | null {
  const { cost } = finalOf(run)
  return cost && cost.steps > 0 ? cost.seconds / cost.steps : null
}

/** Reference − arm, when the arm had used as many tokens as the reference in all. */
export function atEqualTokens(arm: string, kind: Tokens): Measure {
  return (of) => {
    const reference = of(REFERENCE_ARM)
    const other = of(arm)
    if (!reference || !other) return null
    const end = finalOf(reference)
    const line = whenUsed(other, kind, end[kind])
    return line === null ? null : meanSolo(end) - meanSolo(line)
  }
}

/** Reference − arm, each at its own end. */
export function atTheEnd(arm: string): Measure {
  return (of) => subtract(read(of(REFERENCE_ARM), finalOf, meanSolo), read(of(arm), finalOf, meanSolo))
}

/** An arm's change from its first evaluation to its last. */
function change(arm: string, value: (line: StudyLine) => number | null): Measure {
  return (of) => subtract(read(of(arm), finalOf, value), read(of(arm), firstOf, value))
}

function read(
  run: StudyRun | undefined,
  line: (run: StudyRun) => StudyLine,
  value: (line: StudyLine) => number | null,
): number | null {
  return run ? value(line(run)) : null
}

function subtract(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b
}

/** By mean over the seeds that both have. A choice by outcome favours the chosen mode, so it is hard on the reference. */
function betterFixedMode(runs: readonly StudyRun[]): string | null {
  const [first, second] = FIXED_MODES.map((mode) => runs.filter(({ arm }) => arm === mode))
  const both = (own: readonly StudyRun[], others: readonly StudyRun[]) =>
    own.filter(({ seed }) => others.some((run) => run.seed === seed)).map((run) => meanSolo(finalOf(run)))
  const [a, b] = [both(first, second), both(second, first)]
  if (a.length === 0) return null
  return mean(a) >= mean(b) ? FIXED_MODES[0] : FIXED_MODES[1]
}
