import { parseArgs } from 'node:util'
import { ColloquyError } from '../errors'
import { QUICK_STUDY, STUDY, type Study } from '../study/scenarios'
import type { Selection } from '../study/schedule'

export const STUDY_HELP = `npm run study -- [options]

Runs every arm with every seed, several runs at a time, and writes down what came of it. A study that was ended
goes on where it was.

  --quick               a trial of a minute: one seed, few steps, few arms
  --scenario NAME       ${Object.keys(STUDY.scenarios).join(', ')} or all
  --arms A,B            of: ${Object.keys(STUDY.arms).join(', ')}
  --seeds 1,2,3 or N    these seeds, or the first N
  --out FOLDER          where results are kept (study)
  --jobs N              runs at a time (as many as there are cores)
  --report              runs nothing, writes document and table from the results there are
  --help                this text
`

export interface StudyOptions {
  readonly study: Study
  readonly selection: Selection
  readonly out: string
  readonly quick: boolean
  readonly reportOnly: boolean
  /** Null for as many as there are cores. */
  readonly jobs: number | null
}

/** Results that are kept with the project: their document belongs to its documentation. */
export const KEPT = 'study'

export function defaultOut(quick: boolean): string {
  return quick ? `${KEPT}/quick` : KEPT
}

const OPTIONS = {
  quick: { type: 'boolean' },
  scenario: { type: 'string' },
  arms: { type: 'string' },
  seeds: { type: 'string' },
  out: { type: 'string' },
  jobs: { type: 'string' },
  report: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

function bad(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'See npm run study -- --help'
  return new ColloquyError({ code: 'config', what, found, wanted, todo })
}

/**
 * Reads the arguments of `study`; null asks for the help text.
 * @throws ColloquyError `config` naming the option at fault
 */
export function parseStudyOptions(args: readonly string[]): StudyOptions | null {
  const values = given(args)
  if (values.help) return null
  const quick = values.quick ?? false
  const study = quick ? QUICK_STUDY : STUDY
  const chosen = (option: string, text: string | undefined, known: readonly string[]): string[] => {
    const names = text === undefined ? [...known] : [...new Set(text.split(','))]
    const unknown = names.find((name) => !known.includes(name))
    if (unknown !== undefined) throw bad(option, JSON.stringify(unknown), `some of: ${known.join(', ')}`)
    return names
  }
  return {
    study,
    selection: {
      scenarios: chosen(
        '--scenario',
        values.scenario === 'all' ? undefined : values.scenario,
        Object.keys(study.scenarios),
      ),
      arms: chosen('--arms', values.arms, Object.keys(study.arms)),
      seeds: seedsOf(values.seeds, study.seeds),
    },
    out: values.out ?? defaultOut(quick),
    quick,
    reportOnly: values.report ?? false,
    jobs: values.jobs === undefined ? null : wholeNumber('--jobs', values.jobs),
  }
}

function given(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw bad('options', `${args.join(' ')} (${said.split('.')[0]})`, 'the options that there are')
  }
}

/** A list of seeds has a comma in it; a single number is how many, counted from 1. */
function seedsOf(text: string | undefined, all: readonly number[]): number[] {
  if (text === undefined) return [...all]
  if (!text.includes(',')) return Array.from({ length: wholeNumber('--seeds', text) }, (_, i) => i + 1)
  const parts = text.split(',').filter((part) => part !== '')
  return [...new Set(parts.map((part) => wholeNumber('--seeds', part, 0)))]
}

function wholeNumber(option: string, text: string, least = 1): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && Number.isSafeInteger(value)) return value
  throw bad(option, JSON.stringify(text), `a whole number of at least ${least}`)
}
