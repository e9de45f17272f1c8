import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestOutcome, type TestReport, testOutcome } from './test_report'

/** Runs a script of node_modules with its output shown. Returns whether it succeeds. */
function tool(script: string, args: readonly string[], signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join('node_modules', script), ...args], {
      stdio: 'inherit',
      signal,
      killSignal: 'SIGINT',
    })
    // An abort is an error, too, but the process ends later.
    child.on('error', () => {
      if (child.pid === undefined) resolve(false)
    })
    child.on('close', (status) => resolve(status === 0))
  })
}

/** Runs lint with formatting, and the type checker; each counts as one test. */
export async function runChecks(signal: AbortSignal): Promise<TestOutcome> {
  const checks = [
    { name: 'lint and format (biome)', done: tool('@biomejs/biome/bin/biome', ['check', '.'], signal) },
    { name: 'types (tsc)', done: tool('typescript/bin/tsc', ['--noEmit'], signal) },
  ]
  const results = await Promise.all(checks.map(async ({ name, done }) => ({ name, ok: await done })))
  const failed = results.filter(({ ok }) => !ok).map(({ name }) => name)
  return { passed: checks.length - failed.length, failed, skipped: 0 }
}

/** Runs test files with vitest, unit tests first (see vite.config.ts). */
export async function runTests(files: readonly string[], signal: AbortSignal): Promise<TestOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-test-'))
  try {
    const file = join(folder, 'report.json')
    const projects = [...new Set(files.map((path) => `--project=${path.split('/')[1]}`))]
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const args = ['run', ...reporters, ...projects, ...files]
    const succeeded = await tool('vitest/vitest.mjs', args, signal)
    return testOutcome(JSON.parse(readFileSync(file, 'utf8')) as TestReport, process.cwd(), succeeded)
  } catch {
    return { passed: 0, failed: ['vitest left no report'], skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
