import { atEqualTokens, atTheEnd, secondsPerStep } from './claims'
import { finalOf, firstOf, meanOod, meanSolo, onKnown, onMissing } from './measures'
import { amount, duration, percent, points, withInterval } from './numbers'
import type { StudyLine, StudyRun } from './results'
import { REFERENCE_ARM, type Study } from './scenarios'
import { type Estimate, estimate, mean } from './statistics'

/** A table in markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [row(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(row)].join('\n')
}

/** The runs of a scenario by arm, in the order of the study. */
function byArm(study: Study, scenario: string, all: readonly StudyRun[]): (readonly [string, StudyRun[]])[] {
  return Object.keys(study.arms)
    .map((arm) => [arm, all.filter((run) => run.scenario === scenario && run.arm === arm)] as const)
    .filter(([, runs]) => runs.length > 0)
}

/** Every arm of a scenario: accuracies with intervals over seeds, differences paired by seed, and what was spent. */
export function armTable(study: Study, scenario: string, all: readonly StudyRun[]): string {
  const spec = study.scenarios[scenario]
  const arms = byArm(study, scenario, all)
  const rows = arms.map(([arm, runs]) => {
    const over = (value: (line: StudyLine) => number | null) =>
      estimateOf(runs.map((run) => value(finalOf(run))))
    /** Arm − reference: the claims' difference the other way round. */
    const difference = (measure: ReturnType<typeof atTheEnd>): string => {
      if (arm === REFERENCE_ARM) return '–'
      const differences = runs.map(({ seed }) =>
        measure((name) =>
          all.find((run) => run.scenario === scenario && run.arm === name && run.seed === seed),
        ),
      )
      return withInterval(estimateOf(differences.map((value) => (value === null ? null : -value))), points)
    }
    const byTokens = study.arms[arm].match === 'tokens'
    const spent = (value: (line: StudyLine) => number) => mean(runs.map((run) => value(finalOf(run))))
    return [
      `**${arm}**`,
      String(runs.length),
      withInterval(over(meanSolo), percent),
      difference(atTheEnd(arm)),
      byTokens ? difference(atEqualTokens(arm, 'trainedTokens')) : '–',
      byTokens ? difference(atEqualTokens(arm, 'generatedTokens')) : '–',
      withInterval(
        over((line) => onMissing(line.skills, spec)),
        percent,
      ),
      withInterval(
        over((line) => onKnown(line.skills, spec)),
        percent,
      ),
      String(Math.round(spent(({ step }) => step))),
      amount(spent(({ trainedTokens }) => trainedTokens)),
      amount(spent(({ generatedTokens }) => generatedTokens)),
      duration(spent(({ seconds }) => seconds)),
    ]
  })
  const start = estimateOf(referenceRuns(arms).map((run) => meanSolo(firstOf(run))))
  const head = [
    ...['arm', 'seeds', 'solo at the end', '− ilr at the end', '− ilr at equal trained tokens'],
    ...['− ilr at equal generated tokens', 'missing skills', 'known skills'],
    ...['steps', 'trained tokens', 'generated tokens', 'time, evaluations included'],
  ]
  return `Before training: ${withInterval(start, percent)}.\n\n${markdownTable(head, rows)}`
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
      return costs.length === 0 ? '–' : amount(mean(costs.map((cost) => value(cost) / cost.steps)))
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

function referenceRuns(arms: readonly (readonly [string, StudyRun[]])[]): StudyRun[] {
  return arms.find(([arm]) => arm === REFERENCE_ARM)?.[1] ?? []
}

function estimateOf(values: readonly (number | null)[]): Estimate | null {
  return estimate(values.filter((value) => value !== null))
}
