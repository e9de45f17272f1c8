import { mean } from '../report/averages'
import { countText, durationText, percent, points, withInterval } from '../report/format'
import { type Estimate, estimate } from '../report/statistics'
import { markdownTable } from '../report/text'
import { finalOf, firstOf, meanOod, meanSolo, onKnown, onMissing, type Tokens } from './measures'
import type { StudyLine, StudyRun } from './results'
import { REFERENCE_ARM, type Study } from './scenarios'
import { atEqualTokens, atTheEnd, type Measure, secondsPerStep, valuesOf } from './seed_measures'

/** The runs of a scenario by arm, in the order of the study. */
function byArm(study: Study, scenario: string, all: readonly StudyRun[]): (readonly [string, StudyRun[]])[] {
  return Object.keys(study.arms)
    .map((arm) => [arm, all.filter((run) => run.scenario === scenario && run.arm === arm)] as const)
    .filter(([, runs]) => runs.length > 0)
}

/** Each arm of a scenario: accuracies with intervals over seeds, and differences paired by seed. */
export function armTable(study: Study, scenario: string, all: readonly StudyRun[]): string {
  const arms = byArm(study, scenario, all)
  const rows = arms.map(([arm, runs]) => [
    `**${arm}**`,
    String(runs.length),
    withInterval(overRuns(runs, meanSolo), percent),
    arm === REFERENCE_ARM ? '–' : differenceText(study, scenario, all, atTheEnd(arm)),
    withInterval(
      overRuns(runs, ({ skills }) => onMissing(skills, study.scenarios[scenario])),
      percent,
    ),
  ])
  const start = estimateOf(referenceRuns(arms).map((run) => meanSolo(firstOf(run))))
  const head = ['arm', 'seeds', 'solo at the end', '− ilr', 'missing skills']
  return `Before training: ${withInterval(start, percent)}.\n\n${markdownTable(head, rows)}`
}

/** Arm − reference, over seeds: the difference of the claims the other way round. */
function differenceText(study: Study, scenario: string, all: readonly StudyRun[], measure: Measure): string {
  const runs = all.filter((run) => run.scenario === scenario)
  const differences = valuesOf(measure, study.scenarios[scenario], runs).map((value) => -value)
  return withInterval(estimate(differences), points)
}

/** Each arm of a scenario: steps, tokens and time, accuracy for equal tokens, and what is left of known skills. */
export function spentTable(study: Study, scenario: string, all: readonly StudyRun[]): string {
  const rows = byArm(study, scenario, all).map(([arm, runs]) => {
    const spent = (value: (line: StudyLine) => number) => mean(runs.map((run) => value(finalOf(run))))
    const atEqual = (kind: Tokens) =>
      study.arms[arm].match === 'tokens'
        ? differenceText(study, scenario, all, atEqualTokens(arm, kind))
        : '–'
    return [
      `**${arm}**`,
      String(Math.round(spent(({ step }) => step))),
      countText(spent(({ trainedTokens }) => trainedTokens)),
      countText(spent(({ generatedTokens }) => generatedTokens)),
      durationText(spent(({ seconds }) => seconds)),
      atEqual('trainedTokens'),
      atEqual('generatedTokens'),
      withInterval(
        overRuns(runs, ({ skills }) => onKnown(skills, study.scenarios[scenario])),
        percent,
      ),
      study.arms[arm].tuning,
    ]
  })
  const head = [
    ...['arm', 'steps', 'trained tokens', 'generated tokens', 'time', '− ilr at equal trained tokens'],
    ...['− ilr at equal generated tokens', 'known skills', 'own tuning'],
  ]
  return markdownTable(head, rows, [1, 2, 3])
}

/** How the reference's peers answer alone, with samples, in a debate and after Idea3, before training and after. */
export function methodTable(study: Study, scenario: string, all: readonly StudyRun[]): string | null {
  const runs = referenceRuns(byArm(study, scenario, all))
  if (runs.length === 0) return null
  const peers = Object.keys(finalOf(runs[0]).solo)
  const over = (at: typeof firstOf, value: (line: StudyLine) => number | null | undefined) =>
    withInterval(estimateOf(runs.map((run) => value(at(run)) ?? null)), percent)
  const both = (name: string, value: (line: StudyLine) => number | null | undefined) => [
    name,
    over(firstOf, value),
    over(finalOf, value),
  ]
  const rows = [
    ...peers.flatMap((peer) => [
      both(`${peer} solo`, ({ solo }) => solo[peer]),
      both(`${peer} debate`, ({ debate }) => debate?.[peer]),
      both(`${peer} Idea3`, ({ idea3 }) => idea3[peer]),
      both(`${peer} harder questions, solo`, ({ ood }) => ood?.[peer]),
    ]),
    both('vote of all samples', ({ vote }) => vote),
    both('mean, harder questions', meanOod),
    both('mean, missing skills, sampled', ({ sampled }) => onMissing(sampled, study.scenarios[scenario])),
    both('mean, known skills, sampled', ({ sampled }) => onKnown(sampled, study.scenarios[scenario])),
  ]
  return markdownTable(['ilr', 'before training', 'at the end'], rows)
}

const STAGES = ['share', 'analyze', 'fuse'] as const

/** Per step: time, and the tokens of each stage read and written. */
export function costTable(study: Study, scenario: string, all: readonly StudyRun[]): string {
  const rows = byArm(study, scenario, all).map(([arm, runs]) => {
    const perStep = (value: (cost: NonNullable<StudyLine['cost']>) => number) => {
      const costs = runs.flatMap((run) => finalOf(run).cost ?? [])
      return costs.length === 0 ? '–' : countText(mean(costs.map((cost) => value(cost) / cost.steps)))
    }
    const seconds = estimateOf(runs.map(secondsPerStep))
    return [
      `**${arm}**`,
      withInterval(seconds, (value) => value.toFixed(2)),
      ...STAGES.map((stage) => perStep(({ tokens }) => tokens[stage] ?? 0)),
      ...STAGES.map((stage) => perStep(({ promptTokens }) => promptTokens[stage] ?? 0)),
    ]
  })
  const stages = (what: string) => STAGES.map((stage) => `${stage}: ${what}`)
  return markdownTable(['arm', 'seconds per step', ...stages('written'), ...stages('read')], rows)
}

/** Over the ends of runs. */
function overRuns(runs: readonly StudyRun[], value: (line: StudyLine) => number | null): Estimate | null {
  return estimateOf(runs.map((run) => value(finalOf(run))))
}

function referenceRuns(arms: readonly (readonly [string, StudyRun[]])[]): StudyRun[] {
  return arms.find(([arm]) => arm === REFERENCE_ARM)?.[1] ?? []
}

function estimateOf(values: readonly (number | null)[]): Estimate | null {
  return estimate(values.filter((value) => value !== null))
}
