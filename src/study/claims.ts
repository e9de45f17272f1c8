import { presetConfig } from '../config/presets'
import { mean } from '../report/averages'
import { type Estimate, estimate } from '../report/statistics'
import { finalOf, firstOf, meanOod, meanSolo, onKnown, onMissing, type Tokens, whenUsed } from './measures'
import type { StudyLine, StudyRun } from './results'
import { REFERENCE_ARM, type Scenario, type Study } from './scenarios'
import { type Bar, type Verdict, verdictOf } from './verdict'

/** The runs of one scenario with one seed, by arm. */
type OfSeed = (arm: string) => StudyRun | undefined
/** One number of one seed; null where its runs are not there, or did not measure it. */
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

type ScenarioClaim = Omit<Claim, 'row'>

export interface Finding {
  readonly claim: Claim
  readonly estimate: Estimate | null
  readonly verdict: Verdict
}

/** Below this, an accuracy is called zero: what a wrong reading gets right by coincidence. */
const NEARLY_ZERO = 0.05
/** Most that skills known before may lose. */
const KNOWN_LOSS = 0.02
/** Of a costlier arm's cost, what the reference may have. */
const CHEAPER = 0.6
const FIXED_MODES = ['cooperate', 'compete'] as const

/** The claims of a scenario, judged on its runs: each seed gives one number, over which mean and interval are taken. */
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

/** The runs are looked at to know which fixed mode was the better one, and which skills there are. */
function claimsOf(study: Study, name: string, runs: readonly StudyRun[]): Claim[] {
  const scenario = study.scenarios[name]
  const peers = presetConfig(scenario.preset).peers.map(({ id }) => id)
  const general = (text: string) =>
    peers
      .reduce((row, peer, i) => row.replace(`, ${peer}:`, `, peer ${i + 1}:`), text)
      .replace(/ \(by mean: [^)]+\)/, '')
  const claims: ScenarioClaim[] = [
    ...learningClaims(study, scenario),
    ...knownClaims(study, scenario, runs),
    ...armClaims(study, runs),
    ...peers.flatMap((peer) => exchangeClaims(study, peer)),
    ...voteClaims(),
    {
      text: 'ilr, harder questions than any trained on, end − start',
      unit: 'points',
      bar: { kind: 'not-worse' },
      measure: change(REFERENCE_ARM, (line) => meanOod(line)),
    },
  ]
  return claims.map((claim) => ({ ...claim, row: general(claim.text) }))
}

function learningClaims(study: Study, scenario: Scenario): ScenarioClaim[] {
  const { gainOverSolo, gainOverShareOnly, missingAtEnd } = scenario.bars
  const claims: ScenarioClaim[] = []
  const against = (arm: string, least: number) => {
    for (const kind of ['trainedTokens', 'generatedTokens'] as const) {
      const difference = atEqualTokens(arm, kind)
      const words = kind === 'trainedTokens' ? 'trained' : 'generated'
      claims.push(gainClaim(`ilr − ${arm} at equal ${words} tokens`, least, difference))
      if (arm === 'share-only')
        claims.push(
          gainClaim(`${arm} − ilr at equal ${words} tokens`, 0, (of) => {
            const value = difference(of)
            return value === null ? null : -value
          }),
        )
    }
  }
  if (study.arms.solo) against('solo', gainOverSolo)
  if (study.arms['share-only']) against('share-only', gainOverShareOnly ?? 0)
  claims.push({
    text: 'ilr, missing skills at the start',
    unit: 'share',
    bar: { kind: 'at-most', most: NEARLY_ZERO },
    measure: (of) => read(of(REFERENCE_ARM), firstOf, (line) => onMissing(line.skills, scenario)),
  })
  if (missingAtEnd !== null)
    claims.push({
      text: 'ilr, missing skills at the end',
      unit: 'share',
      bar: { kind: 'at-least', least: missingAtEnd },
      measure: (of) => read(of(REFERENCE_ARM), finalOf, (line) => onMissing(line.skills, scenario)),
    })
  return claims
}

/** The arms that the claims about losses are asked of. */
function keepingArms({ arms }: Study): string[] {
  return [REFERENCE_ARM, ...Object.keys(arms).filter((arm) => arms[arm].keeps)]
}

/** None where peers have no skill to lose. */
function knownClaims(study: Study, scenario: Scenario, runs: readonly StudyRun[]): ScenarioClaim[] {
  if (!runs.some((run) => onKnown(finalOf(run).skills, scenario) !== null)) return []
  return keepingArms(study).map((arm) => ({
    text: `${arm}, loss of known skills, sampled at T = 1`,
    unit: 'points',
    bar: { kind: 'at-most', most: KNOWN_LOSS },
    measure: (of) => {
      const gained = change(arm, (line) => onKnown(line.sampled, scenario))(of)
      return gained === null ? null : -gained
    },
  }))
}

function armClaims({ arms }: Study, runs: readonly StudyRun[]): ScenarioClaim[] {
  const claims: ScenarioClaim[] = []
  const fixed = betterFixedMode(runs)
  if (FIXED_MODES.every((mode) => arms[mode]))
    claims.push({
      text: `ilr − the better of ${FIXED_MODES.join(' and ')} (by mean: ${fixed ?? 'not known yet'}) at the end`,
      unit: 'points',
      bar: { kind: 'not-worse' },
      measure: (of) => (fixed === null ? null : atTheEnd(fixed)(of)),
    })
  for (const [arm, { claim }] of Object.entries(arms)) {
    if (claim === 'no better')
      claims.push({
        text: `ilr − ${arm} at the end`,
        unit: 'points',
        bar: { kind: 'not-worse' },
        measure: atTheEnd(arm),
      })
    if (claim === 'costlier') claims.push(...cheaperClaims(arm))
  }
  return claims
}

function cheaperClaims(arm: string): ScenarioClaim[] {
  const ratio = (what: string, cost: (run: StudyRun) => number | null): ScenarioClaim => ({
    text: `ilr : ${arm}, ${what}`,
    unit: 'share',
    bar: { kind: 'at-most', most: CHEAPER },
    measure: (of) => {
      const own = of(arm)
      const reference = of(REFERENCE_ARM)
      const [a, b] = [own ? cost(own) : null, reference ? cost(reference) : null]
      return a === null || b === null || a === 0 ? null : b / a
    },
  })
  return [
    ratio('seconds per step', secondsPerStep),
    ratio('generated tokens', (run) => finalOf(run).generatedTokens),
    ratio('trained tokens', (run) => finalOf(run).trainedTokens),
    {
      text: `ilr − ${arm} at the end`,
      unit: 'points',
      bar: { kind: 'as-good' },
      measure: atTheEnd(arm),
    },
  ]
}

/** What a discussion adds to a peer's own answer, before training and after. */
function exchangeClaims(study: Study, peer: string): ScenarioClaim[] {
  const moments = [
    ['start', firstOf],
    ['end', finalOf],
  ] as const
  const notWorse = (text: string, measure: Measure): ScenarioClaim => ({
    text,
    unit: 'points',
    bar: { kind: 'not-worse' },
    measure,
  })
  return [
    ...(['idea3', 'debate'] as const).flatMap((method) =>
      moments.map(([when, line]) =>
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
        change(arm, (line) => line.idea3[peer] ?? null),
      ),
    ),
  ]
}

function voteClaims(): ScenarioClaim[] {
  return [
    ['start', firstOf],
    ['end', finalOf],
  ].map(([when, line]) => ({
    text: `ilr, vote of all peers’ samples − mean solo at the ${when}`,
    unit: 'points',
    bar: { kind: 'not-worse' },
    measure: (of) =>
      read(of(REFERENCE_ARM), line as typeof firstOf, (scores) =>
        subtract(scores.vote ?? null, meanSolo(scores)),
      ),
  }))
}

function gainClaim(text: string, least: number, measure: Measure): ScenarioClaim {
  return { text, unit: 'points', bar: { kind: 'gain', least }, measure }
}

/** Seconds of training a step, evaluations not counted. */
export function secondsPerStep(run: StudyRun): number | null {
  const { cost } = finalOf(run)
  return cost && cost.steps > 0 ? cost.seconds / cost.steps : null
}

/** Reference − arm where the arm had used up as many tokens as the reference in all. */
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

/** By mean over the seeds that both have. Choosing by the outcome favours it, and so is hard on the reference. */
function betterFixedMode(runs: readonly StudyRun[]): string | null {
  const [first, second] = FIXED_MODES.map((mode) => runs.filter(({ arm }) => arm === mode))
  const both = (own: readonly StudyRun[], others: readonly StudyRun[]) =>
    own.filter(({ seed }) => others.some((run) => run.seed === seed)).map((run) => meanSolo(finalOf(run)))
  const [a, b] = [both(first, second), both(second, first)]
  if (a.length === 0) return null
  return mean(a) >= mean(b) ? FIXED_MODES[0] : FIXED_MODES[1]
}
