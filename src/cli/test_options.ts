import { parseArgs } from 'node:util'
import { ColloquyError } from '../errors'

export const TEST_HELP = `npm test -- [options] [part of a path ...]

Runs lint and types, then unit tests, then tests in a browser. With parts of paths, only test files that contain
one, slow or not: ".slow." names the second tier.

  --full                both tiers (npm run test:full)
  --times N             only the tests, N times, and the names of those that failed (npm run test:repeat: 10)
  --load N              N threads keep cores busy meanwhile (0)
  --help                this text
`

export interface TestOptions {
  readonly full: boolean
  /** Rounds of the tests alone; null for one round after lint and types. */
  readonly times: number | null
  readonly load: number
  /** Parts of paths. */
  readonly named: readonly string[]
}

const OPTIONS = {
  full: { type: 'boolean' },
  times: { type: 'string' },
  load: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

function count(option: string, text: string, least: number): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= least) return Number(text)
  throw new ColloquyError({
    code: 'config',
    what: option,
    found: JSON.stringify(text),
    wanted: `a whole number from ${least}`,
    todo: 'See npm test -- --help',
  })
}

/**
 * Reads the arguments of the test commands; null asks for the help text.
 * @throws ColloquyError `config` naming the option at fault
 */
export function parseTestOptions(args: readonly string[]): TestOptions | null {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  if (values.help) return null
  return {
    full: values.full ?? false,
    times: values.times === undefined ? null : count('--times', values.times, 1),
    load: count('--load', values.load ?? '0', 0),
    named: positionals,
  }
}
