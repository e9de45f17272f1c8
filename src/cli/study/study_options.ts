import { QUICK_STUDY, STUDY, type Study } from '../../study/scenarios'
import type { Selection } from '../../study/schedule'
import type { Command, GivenOptions } from '../options'

/** Results that are kept with the project: their document belongs to its documentation. */
export const KEPT = 'study'

export const STUDY_COMMAND = {
  usage: 'npm run study --',
  about:
    'Runs every arm with every seed, several runs at a time, and writes results, table and document. ' +
    'A study that was ended goes on where it was.',
  options: {
    quick: { help: 'A trial of a minute: one seed, few steps, few arms' },
    scenario: { value: 'NAME', help: `One of: ${Object.keys(STUDY.scenarios).join(', ')}`, default: 'all' },
    arms: { value: 'A,B', help: `Some of: ${Object.keys(STUDY.arms).join(', ')}; all unless given` },
    seeds: { value: '1,2,3 or N', help: 'These seeds, or the first N' },
    out: { value: 'FOLDER', help: `Where results are kept; ${KEPT} unless given` },
    jobs: { value: 'N', help: 'Runs at a time; as many as there are cores unless given' },
    report: { help: 'Runs nothing, writes document and table from the results there are' },
  },
} satisfies Command

export interface StudyOptions {
  readonly study: Study
  readonly selection: Selection
  readonly out: string
  readonly quick: boolean
  readonly reportOnly: boolean
  /** Null for as many as there are cores. */
  readonly jobs: number | null
}

export function defaultOut(quick: boolean): string {
  return quick ? `${KEPT}/quick` : KEPT
}

type Given = GivenOptions<typeof STUDY_COMMAND.options>

/** @throws ColloquyError `config` naming the option at fault */
export function studyOptions(given: Given): StudyOptions {
  const quick = given.has('quick')
  const study = quick ? QUICK_STUDY : STUDY
  const scenario = given.text('scenario')
  const scenarios = Object.keys(study.scenarios)
  return {
    study,
    selection: {
      scenarios: scenario === 'all' ? scenarios : [given.known('--scenario', scenario, scenarios)],
      arms: armsOf(given, Object.keys(study.arms)),
      seeds: seedsOf(given, study.seeds),
    },
    out: given.text('out') ?? defaultOut(quick),
    quick,
    reportOnly: given.has('report'),
    jobs: given.wholeNumber('jobs', 1),
  }
}

function armsOf(given: Given, all: readonly string[]): string[] {
  const text = given.text('arms')
  if (text === null) return [...all]
  return [...new Set(text.split(','))].map((arm) => given.known('--arms', arm, all))
}

/** A list of seeds has a comma in it; a single number is how many, counted from 1. */
function seedsOf(given: Given, all: readonly number[]): number[] {
  const text = given.text('seeds')
  if (text === null) return [...all]
  if (!text.includes(',')) return Array.from({ length: given.whole('--seeds', text, 1) }, (_, i) => i + 1)
  const parts = text.split(',').filter((part) => part !== '')
  return [...new Set(parts.map((part) => given.whole('--seeds', part, 0)))]
}
