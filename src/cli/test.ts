import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ColloquyError } from '../errors'
import { findBrowser } from './browser'
import { fail } from './fail'

/** Of vitest's JSON report, what is counted here. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

interface Totals {
  passed: number
  failed: number
  skipped: number
}

/** Runs a tool of node_modules with its output shown; true where it succeeds. */
function tool(script: string, ...args: string[]): boolean {
  const { status } = spawnSync(process.execPath, [join('node_modules', script), ...args], {
    stdio: 'inherit',
  })
  return status === 0
}

function runVitest(args: readonly string[]): Totals {
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-test-'))
  try {
    const file = join(folder, 'report.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const succeeded = tool('vitest/vitest.mjs', 'run', ...reporters, ...args)
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report
    // A file that fails before its first test has no failed test to be counted.
    const broken = report.testResults.filter(
      (result) =>
        result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
    )
    const failed = report.numFailedTests + broken.length
    return {
      passed: report.numPassedTests,
      failed: failed === 0 && !succeeded ? 1 : failed,
      skipped: report.numPendingTests + report.numTodoTests,
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (findBrowser() === null)
  fail(
    new ColloquyError({
      code: 'backend',
      what: 'tests in a browser',
      found: process.env.CHROME_PATH ? `nothing at CHROME_PATH ${process.env.CHROME_PATH}` : 'no browser',
      wanted: 'Chromium, Chrome or Edge',
      todo: 'Install one (Debian: apt-get install chromium) or set CHROME_PATH',
    }),
  )
const totals = runVitest(process.argv.slice(2))
// Formatting, lint and types count as one test each.
for (const ok of [tool('@biomejs/biome/bin/biome', 'check', '.'), tool('typescript/bin/tsc', '--noEmit')])
  if (ok) totals.passed++
  else totals.failed++
const { passed, failed, skipped } = totals
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed === 0 ? 0 : 1)
