/** What the runs say about each claim: estimate, p, and for primary claims a verdict. */
import { presetConfig } from '../config/presets'
import { detectableDifference, holm, signFlipP } from '../report/significance'
import { type Estimate, estimate } from '../report/statistics'
import { type ExploratoryMeasure, exploratoryMeasures } from './exploratory'
import { PRIMARY_CLAIMS, type PrimaryClaim } from './primary_claims'
import type { StudyRun } from './results'
import type { Study } from './scenarios'
import { valuesOf } from './seed_measures'
import { type Verdict, verdictOf } from './verdict'

export interface PrimaryFinding {
  readonly claim: PrimaryClaim
  readonly estimate: Estimate | null
  /** Exact two-sided p against the bar; null where nothing was measured. */
  readonly p: number | null
  /** The same after Holm's correction. */
  readonly corrected: number | null
  readonly verdict: Verdict
  /** The distance from the bar that a t-test of so many seeds finds in 80 % of cases. */
  readonly detectable: (seeds: number) => number | null
}

export interface ExploratoryFinding extends ExploratoryMeasure {
  readonly estimate: Estimate
  /** Exact two-sided p against 0, not corrected; null for shares. */
  readonly p: number | null
}

/** Claims of a scenario without runs, or that the study does not have yet, are not measured. */
export function primaryFindings(study: Study, name: string, all: readonly StudyRun[]): PrimaryFinding[] {
  const runs = all.filter((run) => run.scenario === name)
  const measured = (PRIMARY_CLAIMS[name] ?? []).map((claim) => {
    const values = runs.length === 0 ? [] : leastFavourable(claim, study, name, runs)
    const against = values.map((value) => value - claim.bar.value)
    return { claim, values, p: values.length === 0 ? null : signFlipP(against) }
  })
  // An unmeasured claim counts in the correction: it was named, too.
  const corrected = holm(measured.map(({ p }) => p ?? 1))
  return measured.map(({ claim, values, p }, i) => {
    const found = estimate(values)
    return {
      claim,
      estimate: found,
      p,
      corrected: p === null ? null : corrected[i],
      verdict: verdictOf(claim.bar, found, corrected[i]),
      detectable: (seeds) => detectableDifference(values, seeds),
    }
  })
}

/**
 * The values of the claim's measure whose interval reaches furthest to the wrong side of the bar: the claim is about each of
 * them. None where one of them was not measured.
 */
function leastFavourable(
  { bar, measures }: PrimaryClaim,
  study: Study,
  name: string,
  runs: readonly StudyRun[],
): number[] {
  const lists = measures(peersOf(study, name)).map((measure) =>
    valuesOf(measure, study.scenarios[name], runs),
  )
  const reach = (values: readonly number[]) => {
    const found = estimate(values)
    if (!found) return Number.POSITIVE_INFINITY
    const [low, high] = found.interval ?? [found.mean, found.mean]
    return bar.direction === 'at least' ? bar.value - low : high - bar.value
  }
  return lists.reduce((worst, values) => (reach(values) > reach(worst) ? values : worst))
}

/** Measures that some seed has, without those of primary claims. */
export function exploratoryFindings(
  study: Study,
  name: string,
  all: readonly StudyRun[],
): ExploratoryFinding[] {
  const runs = all.filter((run) => run.scenario === name)
  const primary = new Set((PRIMARY_CLAIMS[name] ?? []).map(({ text }) => text))
  return exploratoryMeasures(study, peersOf(study, name))
    .filter(({ text }) => !primary.has(text))
    .flatMap((measure) => {
      const values = valuesOf(measure.measure, study.scenarios[name], runs)
      const found = estimate(values)
      if (!found) return []
      return [{ ...measure, estimate: found, p: measure.unit === 'points' ? signFlipP(values) : null }]
    })
}

function peersOf({ scenarios }: Study, name: string): string[] {
  return presetConfig(scenarios[name].preset).peers.map(({ id }) => id)
}
