/** `npm test`, `npm run test:full` and `npm run test:repeat`; the last line is the totals. */
import { Worker } from 'node:worker_threads'
import { findBrowser } from './browsers/browser'
import { runCommand } from './command'
import { runChecks, runTests } from './test/run_tests'
import { allTestFiles, selectTests } from './test/test_files'
import { TEST, type TestOptions, testOptions } from './test/test_options'
import { failureLines, leftOutLines, type TestOutcome, totalsLine } from './test/test_report'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())

async function once(files: readonly string[]): Promise<TestOutcome[]> {
  const checks = await runChecks(interrupted.signal)
  if (checks.failed.length > 0) {
    console.log('\nStopped before the tests: lint or types failed.')
    return [checks]
  }
  return files.length === 0 ? [checks] : [checks, await runTests(files, interrupted.signal)]
}

async function repeat(files: readonly string[], times: number): Promise<TestOutcome[]> {
  const rounds: TestOutcome[] = []
  while (rounds.length < times && !interrupted.signal.aborted) {
    const outcome = await runTests(files, interrupted.signal)
    // An interrupted round has no report.
    if (interrupted.signal.aborted) break
    rounds.push(outcome)
    console.log(`Round ${rounds.length} of ${times}: ${totalsLine([outcome])}\n`)
  }
  return rounds
}

async function test({ named, full, times, load }: TestOptions): Promise<void> {
  const selection = selectTests(allTestFiles(), { named, full, hasBrowser: findBrowser() !== null })
  // Threads that keep cores busy, as other processes would. They end with this process.
  for (let i = 0; i < load; i++) new Worker('for (;;);', { eval: true })
  const outcomes = await (times === null ? once(selection.run) : repeat(selection.run, times))
  for (const line of [...failureLines(outcomes), ...leftOutLines(selection)]) console.log(line)
  if (interrupted.signal.aborted) console.log('Stopped.')
  console.log(totalsLine(outcomes))
  process.exit(interrupted.signal.aborted ? 130 : outcomes.some(({ failed }) => failed.length > 0) ? 1 : 0)
}

await runCommand(TEST, (given) => test(testOptions(given)))
