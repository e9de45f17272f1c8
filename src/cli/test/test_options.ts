import type { Command, GivenOptions } from '../options'

export const TEST = {
  usage: 'npm test --',
  about:
    'Runs lint and types, then unit tests, then tests in a browser. npm run test:full and npm run test:repeat are ' +
    'this command with options.',
  argument: {
    value: 'PART',
    help: 'Runs only test files whose path contains PART, slow or not: ".slow." names the second tier',
    repeats: true,
  },
  options: {
    full: { help: 'Runs both tiers (npm run test:full)' },
    times: {
      value: 'N',
      help: 'Runs only the tests, N times, and names those that failed (npm run test:repeat: 10)',
    },
    load: { value: 'N', help: 'N threads keep cores busy meanwhile', default: '0' },
  },
} satisfies Command

export interface TestOptions {
  readonly full: boolean
  /** Rounds of the tests alone; null for one round after lint and types. */
  readonly times: number | null
  readonly load: number
  /** Parts of paths. */
  readonly named: readonly string[]
}

/** @throws ColloquyError `config` naming the option at fault */
export function testOptions(given: GivenOptions<typeof TEST.options>): TestOptions {
  return {
    full: given.has('full'),
    times: given.wholeNumber('times', 1, 9999),
    load: given.wholeNumber('load', 0, 9999),
    named: given.args,
  }
}
