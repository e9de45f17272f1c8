import { expect, test } from 'vitest'
import { allTestFiles, selectTests } from '../../src/cli/test/test_files'
import { TEST, testOptions } from '../../src/cli/test/test_options'
import {
  failureLines,
  leftOutLines,
  type TestReport,
  testOutcome,
  totalsLine,
} from '../../src/cli/test/test_report'
import { commandLine } from './command_line'

const parse = commandLine(TEST, testOptions)

const FILES = [
  'tests/unit/grpo.test.ts',
  'tests/unit/peers.slow.test.ts',
  'tests/browser/kernels.test.ts',
  'tests/e2e/page.test.ts',
  'tests/e2e/study.slow.test.ts',
]
const EVERYDAY = { named: [], full: false, hasBrowser: true }

test('the first tier skips slow files, and says how to run them', () => {
  const selection = selectTests(FILES, EVERYDAY)
  expect(selection.run).toEqual(FILES.filter((file) => !file.includes('.slow.')))
  expect(leftOutLines(selection)).toEqual([
    'Left out: 2 test files of the slow tier. npm run test:full runs them.',
  ])
  expect(selectTests(FILES, { ...EVERYDAY, full: true })).toEqual({ run: FILES, needBrowser: [], slow: [] })
})

test('without a browser only tests that need none run, and a line explains how to run the others', () => {
  const selection = selectTests(FILES, { ...EVERYDAY, full: true, hasBrowser: false })
  expect(selection.run).toEqual(FILES.slice(0, 2))
  expect(leftOutLines(selection)).toEqual([
    expect.stringMatching(/^Left out: 3 test files, because no Chrome.*apt-get install chromium/),
  ])
})

test('named files run in any tier; a name without a match is an error', () => {
  expect(selectTests(FILES, { ...EVERYDAY, named: ['unit/peers', 'page'] }).run).toEqual([FILES[1], FILES[3]])
  expect(selectTests(FILES, { ...EVERYDAY, named: ['.slow.'] }).run).toEqual([FILES[1], FILES[4]])
  expect(() => selectTests(FILES, { ...EVERYDAY, named: ['grop'] })).toThrow('"grop"')
})

test('every test file of the project is found; the first tier has some of each project', () => {
  const files = allTestFiles()
  expect(files).toContain('tests/unit/test_runner.test.ts')
  for (const project of ['unit', 'browser', 'e2e'])
    expect(selectTests(files, EVERYDAY).run.some((file) => file.startsWith(`tests/${project}/`))).toBe(true)
})

const passed = (fullName: string) => ({ status: 'passed', fullName })
const failed = (fullName: string) => ({ status: 'failed', fullName })
const REPORT: TestReport = {
  numPassedTests: 3,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [
    { name: '/home/a/tests/unit/a.test.ts', status: 'passed', assertionResults: [passed('a'), passed('b')] },
    { name: '/home/a/tests/unit/b.test.ts', status: 'failed', assertionResults: [passed('a'), failed('b')] },
    { name: '/home/a/tests/unit/c.test.ts', status: 'failed', assertionResults: [] },
  ],
}

test('failures are named, also of a file that breaks before its tests', () => {
  const outcome = testOutcome(REPORT, '/home/a', false)
  expect(outcome).toEqual({
    passed: 3,
    failed: ['tests/unit/b.test.ts: b', 'tests/unit/c.test.ts: broken before its tests'],
    skipped: 2,
  })
  expect(totalsLine([outcome, outcome])).toBe('6 passed, 4 failed, 4 skipped')
  expect(failureLines([outcome, { ...outcome, failed: outcome.failed.slice(0, 1) }])).toEqual([
    'FAILED tests/unit/b.test.ts: b (2 times)',
    'FAILED tests/unit/c.test.ts: broken before its tests',
  ])
})

test('two tests of a file with one title are a failure, and so is a vitest that fails without a failed test', () => {
  const twice = { name: '/home/a/x.test.ts', status: 'passed', assertionResults: [passed('a'), passed('a')] }
  const report = { ...REPORT, testResults: [twice] }
  expect(testOutcome(report, '/home/a', true).failed).toEqual([
    'x.test.ts: several tests share the title "a"',
  ])
  expect(testOutcome({ ...report, testResults: [] }, '/home/a', false).failed).toHaveLength(1)
})

test('options default to one round of the first tier', () => {
  expect(parse([])).toEqual({ full: false, times: null, load: 0, named: [] })
  expect(parse(['--times', '10', '--times', '3', '--load', '2', 'grpo'])).toEqual({
    full: false,
    times: 3,
    load: 2,
    named: ['grpo'],
  })
  expect(parse(['--help'])).toBeNull()
  expect(() => parse(['--times', 'x'])).toThrow('--times')
})
