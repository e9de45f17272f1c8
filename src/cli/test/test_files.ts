import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ColloquyError } from '../../errors'

/** A file with this end belongs to the second tier: `npm run test:full` runs it, `npm test` does not. */
const SLOW = '.slow.test.ts'
/** Test projects in the order in which they run; each is a folder of tests/. */
const PROJECTS = ['unit', 'browser', 'e2e'] as const
/** Its tests run in node alone. */
const WITHOUT_BROWSER = 'tests/unit/'

export interface TestSelection {
  /** Paths of the files to run, with forward slashes. */
  readonly run: readonly string[]
  /** Files left out because they need a browser and there is none. */
  readonly needBrowser: readonly string[]
  /** Files left out because they belong to the second tier. */
  readonly slow: readonly string[]
}

/** What the command was asked to run. */
export interface TestFilter {
  /** Parts of paths; a file that contains one runs, whatever its tier. Empty selects whole tiers. */
  readonly named: readonly string[]
  /** Selects both tiers. */
  readonly full: boolean
  readonly hasBrowser: boolean
}

/** Returns every test file of the project. */
export function allTestFiles(): string[] {
  return PROJECTS.flatMap((project) =>
    readdirSync(join('tests', project), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `tests/${project}/${name.replaceAll('\\', '/')}`)
      .sort(),
  )
}

/** @throws ColloquyError `config` where a name fits no file */
export function selectTests(
  files: readonly string[],
  { named, full, hasBrowser }: TestFilter,
): TestSelection {
  for (const name of named)
    if (!files.some((file) => file.includes(name)))
      throw new ColloquyError({
        code: 'config',
        what: 'test file',
        found: JSON.stringify(name),
        wanted: 'part of the path of a test file',
        todo: 'See tests/unit, tests/browser and tests/e2e',
      })
  const fitting =
    named.length === 0 ? files : files.filter((file) => named.some((name) => file.includes(name)))
  const inTier = fitting.filter((file) => full || named.length > 0 || !file.endsWith(SLOW))
  const runs = (file: string) => hasBrowser || file.startsWith(WITHOUT_BROWSER)
  return {
    run: inTier.filter(runs),
    needBrowser: inTier.filter((file) => !runs(file)),
    slow: fitting.filter((file) => !inTier.includes(file)),
  }
}
