import { percent, points, significant, withInterval } from '../report/format'
import { smallestP } from '../report/significance'
import { markdownTable } from '../report/text'
import { exploratoryFindings, type PrimaryFinding, primaryFindings } from './findings'
import { PRIMARY_CLAIMS } from './primary_claims'
import type { StudyRun } from './results'
import type { Study } from './scenarios'
import { SIGNIFICANCE } from './verdict'

/** Seeds of the next study, for the differences that so many can show. */
const PLANNED_SEEDS = 12

/** The rules of the table below for readers of the document. */
export const CLAIM_RULES = [
  'A primary claim is one number per seed with a bar. p is the exact two-sided p of the paired sign-flip test against the bar. Holm’s correction takes the primary claims of a scenario together.',
  '- A claim **holds** if its whole interval meets the bar and its corrected p is below 0.05.\n- It is **contradicted** if its whole interval misses the bar.\n- Otherwise it is **undecided**.',
  'A claim about every peer, or each fixed mode, shows the one whose interval reaches furthest to the wrong side. The last two columns give the distance from the bar that a t-test would find in 80 % of studies, by the spread over the seeds here.',
].join('\n\n')

/** Every primary claim, also of scenarios without runs. */
export function primaryTable(study: Study, runs: readonly StudyRun[]): string {
  const findings = Object.keys(PRIMARY_CLAIMS).flatMap((name) => primaryFindings(study, name, runs))
  const head = [
    ...['id', 'claim', 'wanted', 'found', 'p', 'Holm', 'verdict', 'these seeds could show'],
    `${PLANNED_SEEDS} could`,
  ]
  const rows = findings.map(({ claim, estimate, p, corrected, verdict, detectable }) => [
    `\`${claim.id}\``,
    claim.text,
    wanted(claim),
    withInterval(estimate, writerOf(claim)),
    pText(p),
    pText(corrected),
    verdict === 'holds' || verdict === 'contradicted' ? `**${verdict}**` : verdict,
    differenceText(estimate && detectable(estimate.n)),
    differenceText(detectable(PLANNED_SEEDS)),
  ])
  return markdownTable(head, rows)
}

/** Names the scenarios whose seeds are too few for any claim to hold; null where there are none. */
export function tooFewSeeds(study: Study, runs: readonly StudyRun[]): string | null {
  const few = Object.keys(PRIMARY_CLAIMS).flatMap((name) => {
    const findings = primaryFindings(study, name, runs)
    const n = Math.max(0, ...findings.map(({ estimate }) => estimate?.n ?? 0))
    const corrected = findings.length * smallestP(n)
    if (n === 0 || corrected < SIGNIFICANCE) return []
    return [`${name} (${n} seeds: p ≥ ${pText(smallestP(n))}, corrected ≥ ${pText(Math.min(1, corrected))})`]
  })
  return few.length === 0
    ? null
    : `**Too few seeds for any claim to hold:** ${few.join(', ')}. Such claims can only be contradicted or stay undecided.`
}

/** Everything else that the runs of a scenario say. */
export function exploratoryTable(study: Study, name: string, runs: readonly StudyRun[]): string {
  const rows = exploratoryFindings(study, name, runs).map((finding) => [
    finding.text,
    withInterval(finding.estimate, writerOf(finding)),
    pText(finding.p),
  ])
  return markdownTable(['exploratory', 'found', 'p against 0, not corrected'], rows)
}

function wanted({ bar, unit }: PrimaryFinding['claim']): string {
  const value = unit === 'points' ? points(bar.value).replace('.0', '') : percent(bar.value, 0)
  return `${bar.direction === 'at least' ? '≥' : '≤'} ${value}`
}

function writerOf({ unit }: { readonly unit: 'points' | 'share' }): (value: number) => string {
  return unit === 'points' ? points : percent
}

function differenceText(difference: number | null): string {
  return difference === null ? '–' : `±${(100 * difference).toFixed(1)}`
}

function pText(p: number | null): string {
  return p === null ? '–' : significant(p)
}
