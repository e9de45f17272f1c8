/** docs/study.md and a file of details for each scenario, from the results and the written remarks. */
import { markdownDocument, markdownTable } from '../report/text'
import { CLAIM_RULES, exploratoryTable, primaryTable, tooFewSeeds } from './claims_table'
import { testSize } from './distinct_questions'
import type { Figure } from './figures'
import { finalOf } from './measures'
import type { Results } from './results'
import { configOf, jobName, REFERENCE_ARM, type Study } from './scenarios'
import { armTable, costTable, methodTable, spentTable } from './table'

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

/** The document: what was compared, every primary claim, and the main table of each scenario. */
export function reportOf(report: Report): string {
  const { study, results, options, remarks } = report
  const { header, runs } = results
  const scenarios = reportedScenarios(report)
  const versions = Object.entries(header.versions).map(([name, version]) => `${name} ${version}`)
  const few = tooFewSeeds(study, runs)
  const tuning = Object.values(study.scenarios).map(({ title, tuning }) => `${shortTitle(title)}: ${tuning}`)
  const sections = [
    '# What interaction adds: a study',
    `Written by \`${commandOf(options)}\`; do not edit it. ${runs.length} runs, on ${header.machine.cores} cores of ${header.machine.processor} (${versions.join(', ')}), several at a time. ${coverage(report)}`,
    '## What was compared',
    `Accuracy is greedy solo accuracy on held-out questions unless stated otherwise, as a mean over peers and seeds. All arms share the questions of a seed. Brackets hold the 95 % bootstrap interval over seeds (expanded percentiles of 10,000 keyed resamples), which stays on the scale. With few seeds it is narrow: in simulations it covers the true mean of 5 normal values in 92 % of cases, and of 5 values that are 1 or 0 in 84 %. With 12 it is 94 and 98 %. Differences are paired by seed. ${tokenArms(study)} run until they have used as many trained and generated tokens as ilr with the same seed, and are evaluated at both points. Differences are of solo accuracy.`,
    armsTable(study),
    `All arms share the settings of a scenario except those in their row. No setting was searched for within the study. The arms kl and slower were chosen after ilr’s losses were seen, and tried with these values only. ${tuning.join(' ')}`,
    '## Primary claims',
    CLAIM_RULES,
    ...(few === null ? [] : [few]),
    primaryTable(study, runs),
    ...scenarios.flatMap((name) => [
      `## ${study.scenarios[name].title}`,
      `${settingOf(report, name)} [Details](${report.resultsFolder}/${name}.md) have everything exploratory, costs and curves.`,
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
    `Settings on top of the preset: ${settingsText(settings)}. ${tokenArms(study)} also have ${settingsText(tokenSettings)}, where \`steps\` is a limit.`,
    '## Exploratory',
    'Differences and ratios that are no primary claims. They have no bar, no correction and no verdict.',
    exploratoryTable(study, name, results.runs),
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

/** Names the arms that run until they have used up the reference's tokens, as the subject of a sentence. */
function tokenArms({ arms }: Study): string {
  const names = Object.keys(arms).filter((name) => arms[name].match === 'tokens')
  return `The arms ${[names.slice(0, -1).join(', '), ...names.slice(-1)].join(' and ')}`
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

function settingOf({ study, results }: Report, scenario: string): string {
  const job = { scenario, arm: REFERENCE_ARM, seed: study.seeds[0] }
  const { peers, numGenerations, learningRate, steps } = configOf(study, job)
  const setting = `Peers ${peers.map(({ id }) => id).join(' and ')}; preset \`${study.scenarios[scenario].preset}\`, ${numGenerations} rollouts, ${steps} steps at learning rate ${learningRate}.`
  const seeds = results.runs.filter((run) => run.scenario === scenario).map(({ seed }) => seed)
  const size = testSize(study, scenario, seeds)
  if (size === null) return setting
  const [least, most] = size.distinct
  return `${setting} A test asks ${size.asked} held-out questions; by seed, ${least === most ? least : `${least} to ${most}`} of them are distinct problems, the others repeat one in other words.`
}
