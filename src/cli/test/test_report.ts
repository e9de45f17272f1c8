import type { TestSelection } from './test_files'

/** The part of vitest's JSON report that is counted here. */
export interface TestReport {
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    /** The file's path. */
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

export interface TestOutcome {
  readonly passed: number
  /** Names of failures: a file and, where it got as far as its tests, a test. */
  readonly failed: readonly string[]
  readonly skipped: number
}

/** Returns names that occur more than once, each once. */
function twins(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
}

/**
 * Counts a report. A file that breaks before its first test counts as one failure. So does each title that two tests of
 * a file share: a failure of one of them could not be told from a failure of the other.
 * @param root the folder that paths are shown relative to
 * @param succeeded whether vitest exited with 0; where it did not, at least one failure is counted
 */
export function testOutcome(report: TestReport, root: string, succeeded: boolean): TestOutcome {
  const failed = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const file = name.startsWith(root) ? name.slice(root.length).replace(/^[\\/]/, '') : name
    const tests = assertionResults.filter((test) => test.status === 'failed')
    const broken = status === 'failed' && tests.length === 0 ? [`${file}: broken before its tests`] : []
    const titles = assertionResults.map(({ fullName }) => fullName)
    return [
      ...broken,
      ...tests.map(({ fullName }) => `${file}: ${fullName}`),
      ...twins(titles).map((title) => `${file}: several tests share the title "${title}"`),
    ]
  })
  if (failed.length === 0 && !succeeded) failed.push('vitest failed outside of any test')
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests }
}

/** Returns the sum line, the last line of every test command. */
export function totalsLine(outcomes: readonly TestOutcome[]): string {
  const sum = (count: (outcome: TestOutcome) => number) =>
    outcomes.reduce((total, outcome) => total + count(outcome), 0)
  const failed = sum((outcome) => outcome.failed.length)
  return `${sum(({ passed }) => passed)} passed, ${failed} failed, ${sum(({ skipped }) => skipped)} skipped`
}

/** Returns a line for each failure, with the number of rounds where it failed in several. */
export function failureLines(outcomes: readonly TestOutcome[]): string[] {
  const rounds = new Map<string, number>()
  for (const name of outcomes.flatMap(({ failed }) => failed)) rounds.set(name, (rounds.get(name) ?? 0) + 1)
  return [...rounds].map(([name, count]) => `FAILED ${name}${count > 1 ? ` (${count} times)` : ''}`)
}

/** Returns a line for each kind of file that was left out, with the way to run it. */
export function leftOutLines({ needBrowser, slow }: TestSelection): string[] {
  const files = (paths: readonly string[]) => `${paths.length} test file${paths.length === 1 ? '' : 's'}`
  const lines: string[] = []
  if (slow.length > 0) lines.push(`Left out: ${files(slow)} of the slow tier. npm run test:full runs them.`)
  if (needBrowser.length > 0)
    lines.push(
      `Left out: ${files(needBrowser)}, because no Chrome, Chromium or Edge was found` +
        `${process.env.CHROME_PATH ? ' at CHROME_PATH' : ''}. Install one (Debian: apt-get install chromium) ` +
        'or set CHROME_PATH to its path.',
    )
  return lines
}
