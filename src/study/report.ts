/** docs/study.md and a file of details for each scenario, from the results and the written remarks. */
import { percent, points, withInterval } from '../report/format'
import { markdownDocument, markdownTable } from '../report/text'
import { type Finding, findingsOf } from './claims'
import type { Figure } from './figures'
import { finalOf } from './measures'
import type { Results } from './results'
import { configOf, jobName, REFERENCE_ARM, type Study } from './scenarios'
import { armTable, costTable, methodTable, spentTable } from './table'
import { type Bar, VERDICT_RULES } from './verdict'

export interface Report {
  readonly study: Study
  readonly results: Results
  /** Per scenario. */
  readonly figures: Readonly<Record<string, readonly Figure[]>>
  /** Options of the command that made the results. */
  readonly options: readonly string[]
  /** Written by people, in Markdown; null if there are none. */
  readonly remarks: string | null
  /** Folder of the figures and of the results, seen from the document. */
  readonly figureFolder: string
  readonly resultsFolder: string
}

/** Figures of the document; the details have the others. */
const MAIN_FIGURES = /-(solo-by-trained-tokens|final)\.svg$/

/** Scenarios that the results have runs of. */
export function reportedScenarios({ study, results: { runs } }: Pick<Report, 'study' | 'results'>): string[] {
  return Object.keys(study.scenarios).filter((name) => runs.some((run) => run.scenario === name))
}

/** The document: what was compared, every claim, and the main table of each scenario. */
export function reportOf(report: Report): string {
  const { study, results, options, remarks } = report
  const { header, runs } = results
  const scenarios = reportedScenarios(report)
  const versions = Object.entries(header.versions).map(([name, version]) => `${name} ${version}`)
  const rules = Object.values(VERDICT_RULES).map((rule) => `- ${rule}.`)
  const tuning = Object.values(study.scenarios).map(({ title, tuning }) => `${shortTitle(title)}: ${tuning}`)
  const sections = [
    '# What interaction adds: a study',
    `Written by \`${commandOf(options)}\`; do not edit it. ${runs.length} runs, on ${header.machine.cores} cores of ${header.machine.processor} (${versions.join(', ')}), several at a time. ${coverage(report)}`,
    '## What was compared',
    'Accuracy is greedy solo accuracy on held-out questions unless stated otherwise, as a mean over peers and seeds. All arms share the questions of a seed. Brackets hold the 95 % t-interval over seeds; differences are paired by seed. The arms solo and share-only run until they have used as many trained and generated tokens as ilr with the same seed, and are evaluated at both points. Differences are of solo accuracy.',
    armsTable(study),
    `All arms share the settings of a scenario except those in their row. No setting was searched for within the study, and no arm but ilr ran before it. The arms kl and slower were chosen after ilr’s losses were seen, and tried with these values only. ${tuning.join(' ')}`,
    '## Claims',
    `Each claim is one number per seed. *Undecided* means that the interval allows both verdicts.\n\n${rules.join('\n')}`,
    claimsTable(report, scenarios),
    ...scenarios.flatMap((name) => [
      `## ${study.scenarios[name].title}`,
      `${settingOf(study, name)} [Details](${report.resultsFolder}/${name}.md) have costs, other measures and curves.`,
      armTable(study, name, runs),
      ...figureLinks(report, name, report.figureFolder, (figure) => MAIN_FIGURES.test(figure.name)),
    ]),
    ...(remarks === null ? [] : ['## How the results are read', remarks.trim()]),
    '## Repeating it',
    `\`${commandOf(options)}\` runs what is missing and writes this document; \`${commandOf([...options, '--report'])}\` only writes it.`,
  ]
  return markdownDocument(sections)
}

/** @param figureFolder seen from the details */
export function detailsOf(report: Report, name: string, figureFolder: string): string {
  const { study, results, options } = report
  const methods = methodTable(study, name, results.runs)
  const { settings, tokenSettings } = study.scenarios[name]
  const sections = [
    `# ${study.scenarios[name].title}: details`,
    `Written by \`${commandOf(options)}\`; do not edit it.`,
    `Settings on top of the preset: ${settingsText(settings)}. The arms solo and share-only also have ${settingsText(tokenSettings)}, where \`steps\` is a limit.`,
    '## What the arms used',
    'Time includes evaluations. Several runs shared the machine, so it compares arms only roughly.',
    spentTable(study, name, results.runs),
    ...(methods === null ? [] : ['## Alone and together', methods]),
    '## Cost of a step',
    'All peers together, without evaluations.',
    costTable(study, name, results.runs),
    ...figureLinks(report, name, figureFolder, (figure) => !MAIN_FIGURES.test(figure.name)),
  ]
  return markdownDocument(sections)
}

function figureLinks({ figures }: Report, name: string, folder: string, wanted: (figure: Figure) => boolean) {
  return (figures[name] ?? [])
    .filter(wanted)
    .map((figure) => `![${figure.caption}](${folder}/${figure.name})`)
}

function shortTitle(title: string): string {
  return title.split(':')[0]
}

function commandOf(options: readonly string[]): string {
  return ['npm run study', ...(options.length > 0 ? ['--', ...options] : [])].join(' ')
}

/** Missing runs, and runs without a number at equal tokens. */
function coverage({ study, results: { runs } }: Report): string {
  const seeds = [...new Set([...study.seeds, ...runs.map(({ seed }) => seed)])].sort((a, b) => a - b)
  const missing = Object.keys(study.scenarios).flatMap((scenario) =>
    Object.keys(study.arms).flatMap((arm) => {
      const absent = seeds.filter(
        (seed) => !runs.some((run) => jobName(run) === jobName({ scenario, arm, seed })),
      )
      return absent.length === 0 ? [] : [`${scenario} ${arm} (seeds ${absent.join(', ')})`]
    }),
  )
  const cut = runs.filter((run) => study.arms[run.arm].match === 'tokens' && finalOf(run).end === 'steps')
  return [
    missing.length === 0
      ? `All arms have seeds ${seeds.join(', ')}.`
      : `**These results cover part of the study only.** Missing: ${missing.join('; ')}.`,
    ...(cut.length === 0
      ? []
      : [`These runs reached their step limit before ilr’s tokens: ${cut.map(jobName).join(', ')}.`]),
  ].join(' ')
}

function armsTable(study: Study): string {
  const rows = Object.entries(study.arms).map(([name, { what, settings }]) => [
    `**${name}**`,
    what,
    settingsText(settings) || '–',
  ])
  return markdownTable(['arm', 'what it is', 'its settings'], rows)
}

function settingsText(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `\`${key}: ${JSON.stringify(value).replaceAll('"', '')}\``)
    .join(', ')
}

function settingOf(study: Study, scenario: string): string {
  const job = { scenario, arm: REFERENCE_ARM, seed: study.seeds[0] }
  const { peers, numGenerations, learningRate, steps } = configOf(study, job)
  return `Peers ${peers.map(({ id }) => id).join(' and ')}; preset \`${study.scenarios[scenario].preset}\`, ${numGenerations} rollouts, ${steps} steps at learning rate ${learningRate}.`
}

/** One row for each claim, with its finding in every scenario. */
function claimsTable({ study, results }: Report, scenarios: readonly string[]): string {
  const findings = scenarios.map((name) => findingsOf(study, name, results.runs))
  const rows = [...new Set(findings.flat().map(({ claim }) => claim.row))].map((row) => {
    const found = findings.map((all) => all.find(({ claim }) => claim.row === row))
    const wanted = found.flatMap((finding) => (finding ? [asked(finding.claim.bar, finding.claim.unit)] : []))
    return [
      row,
      [...new Set(wanted)].join('; '),
      ...found.map((finding) => (finding ? foundText(finding) : '')),
    ]
  })
  const titles = scenarios.map((name) => shortTitle(study.scenarios[name].title))
  return markdownTable(['claim', 'wanted', ...titles], rows)
}

function foundText({ claim, estimate, verdict }: Finding): string {
  const value = withInterval(estimate, claim.unit === 'points' ? points : percent)
  return `${value} ${verdict === 'does not hold' ? `**${verdict}**` : verdict}`
}

function asked(bar: Bar, unit: Finding['claim']['unit']): string {
  const value = (share: number) =>
    unit === 'points' ? `${(100 * share).toFixed(0)} points` : percent(share, 0)
  switch (bar.kind) {
    case 'gain':
      return bar.least === 0 ? 'a gain' : `gain ≥ ${value(bar.least)}`
    case 'at-least':
      return `≥ ${value(bar.least)}`
    case 'at-most':
      return `≤ ${value(bar.most)}`
    case 'not-worse':
      return 'not worse'
    case 'as-good':
      return 'as good'
  }
}
