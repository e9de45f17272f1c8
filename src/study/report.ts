import { type Finding, findingsOf } from './claims'
import type { Figure } from './figures'
import { finalOf } from './measures'
import { percent, points, withInterval } from './numbers'
import type { Results } from './results'
import { configOf, jobName, type Match, REFERENCE_ARM, type Study } from './scenarios'
import { armTable, costTable, markdownTable, methodTable } from './table'
import { type Bar, VERDICT_RULES } from './verdict'

export interface Report {
  readonly study: Study
  readonly results: Results
  /** Per scenario. */
  readonly figures: Readonly<Record<string, readonly Figure[]>>
  /** Where figures lie, seen from the document. */
  readonly figureFolder: string
  /** The results file, and the options of the command that made it, as they are named to readers. */
  readonly source: string
  readonly options: readonly string[]
  /** Written by people, in markdown; null where there is nothing. */
  readonly remarks: string | null
}

/** The document of a study, all of it from its results but the remarks. */
export function reportOf(report: Report): string {
  const { study, results, source, options, remarks } = report
  const command = commandOf(options)
  const { header, runs } = results
  const scenarios = Object.keys(study.scenarios).filter((name) => runs.some((run) => run.scenario === name))
  const versions = Object.entries(header.versions).map(([name, version]) => `${name} ${version}`)
  const sections = [
    '# What interaction adds: a study',
    `Written by \`${command}\` from \`${source}\`; do not edit it. ${runs.length} runs, on ${header.machine.cores} cores of ${header.machine.processor} (${versions.join(', ')}), several runs side by side: times compare arms, not machines.`,
    coverage(report),
    '## What was compared',
    'Accuracy is greedy solo accuracy on held-out questions unless said otherwise; means are over peers, then over seeds. Every seed has its own questions, the same for all arms. An interval, in brackets, is the 95 % t-interval over seeds, and differences are paired by seed. Arms that run *until tokens are used up* go on until they have used as many trained and as many generated tokens as ilr with the same seed, and are evaluated where each is used up.',
    armsTable(study),
    '### Budget and tuning',
    Object.values(study.scenarios)
      .map(({ title, tuning }) => `- **${title.split(':')[0]}**: ${tuning}`)
      .join('\n'),
    '### How a verdict is reached',
    `Each claim of the project is one number per seed. A verdict needs at least two seeds; *undecided* means that the interval allows both.\n\n${Object.values(
      VERDICT_RULES,
    )
      .map((rule) => `- ${rule}.`)
      .join('\n')}`,
    ...scenarios.flatMap((name) => scenarioSections(report, name)),
    ...(remarks === null ? [] : ['## What was tried and how the results are read', remarks.trim()]),
    '## Doing it again',
    `\`${command}\` runs what is missing of the study and writes this document; \`${commandOf([...options, '--report'])}\` only writes it. Settings, arms and claims are in \`src/study/\`.`,
  ]
  return `${sections.join('\n\n')}\n`
}

function commandOf(options: readonly string[]): string {
  return ['npm run study', ...(options.length > 0 ? ['--', ...options] : [])].join(' ')
}

/** What of the grid is there, and what runs did not come to their end as meant. */
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
      : [
          `At their step limit before ilr’s tokens were used up, and so without a number at equal tokens where these were not: ${cut.map(jobName).join(', ')}.`,
        ]),
  ].join(' ')
}

function armsTable(study: Study): string {
  return markdownTable(
    ['arm', 'what it is', 'settings of its own', 'runs', 'tuning of its own'],
    Object.entries(study.arms).map(([name, { what, settings, match, tuning }]) => [
      `**${name}**`,
      what,
      settingsText(settings) || '–',
      lengthText(match, settings.steps),
      tuning,
    ]),
  )
}

function lengthText(match: Match, steps: number | undefined): string {
  if (match === 'tokens') return 'until tokens are used up'
  return steps === undefined ? 'as many steps as ilr' : `${steps} steps`
}

function settingsText(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `\`${key}: ${JSON.stringify(value).replaceAll('"', '')}\``)
    .join(', ')
}

function scenarioSections(report: Report, name: string): string[] {
  const { study, figures, figureFolder } = report
  const { runs } = report.results
  const { title, preset, settings, tokenSettings } = study.scenarios[name]
  const { peers, numGenerations, learningRate } = configOf(study, {
    ...{ scenario: name, arm: REFERENCE_ARM, seed: study.seeds[0] },
  })
  const methods = methodTable(study, name, runs)
  return [
    `## ${title}`,
    `Peers ${peers.map(({ id }) => id).join(' and ')}; preset \`${preset}\` (among others, ${numGenerations} rollouts at learning rate ${learningRate}) with ${settingsText(settings)}. Arms that run until tokens are used up have ${settingsText(tokenSettings)}, where \`steps\` is a limit.`,
    '### Claims',
    claimsTable(findingsOf(study, name, runs)),
    '### Arms',
    armTable(study, name, runs),
    ...(figures[name] ?? []).map(
      ({ name: file, caption }) => `![${caption}](${figureFolder}/${file})\n\n*${caption}*`,
    ),
    ...(methods === null ? [] : ['### Alone and together', methods]),
    '### Cost',
    'Per step, all peers together; evaluations are not in it.',
    costTable(study, name, runs),
  ]
}

function claimsTable(findings: readonly Finding[]): string {
  return markdownTable(
    ['claim', 'asked', 'found', 'seeds', 'verdict'],
    findings.map(({ claim, estimate, verdict }) => [
      claim.text,
      asked(claim.bar, claim.unit),
      withInterval(estimate, claim.unit === 'points' ? points : percent),
      String(estimate?.n ?? 0),
      verdict === 'holds' || verdict === 'does not hold' ? `**${verdict}**` : verdict,
    ]),
  )
}

function asked(bar: Bar, unit: Finding['claim']['unit']): string {
  const value = (number: number) =>
    unit === 'points' ? `${(100 * number).toFixed(0)} points` : `${(100 * number).toFixed(0)} %`
  switch (bar.kind) {
    case 'gain':
      return bar.least === 0 ? 'a gain' : `gain of at least ${value(bar.least)}`
    case 'at-least':
      return `at least ${value(bar.least)}`
    case 'at-most':
      return `at most ${value(bar.most)}`
    case 'not-worse':
      return 'not worse'
    case 'as-good':
      return 'as good'
  }
}
