import { expect, test } from 'vitest'
import { STUDY_COMMAND, studyOptions } from '../../src/cli/study/study_options'
import { type Job, jobName, QUICK_STUDY, STUDY } from '../../src/study/scenarios'
import { jobsOf, runJobs, secondsLeft } from '../../src/study/schedule'
import { commandLine } from './command_line'

const parse = commandLine(STUDY_COMMAND, studyOptions)

const DUET = { scenarios: ['duet'], arms: ['solo', 'compete'], seeds: [1, 2] }
const never = new AbortController().signal

/** Runs jobs with a runner that takes a turn of the event loop for each. */
async function schedule(options: {
  jobs?: readonly Job[]
  done?: Set<string>
  parallel?: number
  crashes?: (name: string, attempt: number) => boolean
  signal?: AbortSignal
  onRun?: (name: string) => void
}) {
  const { done = new Set<string>(), crashes = () => false, signal = never } = options
  const started: string[] = []
  const crashed: string[] = []
  let running = 0
  let most = 0
  const outcome = await runJobs({
    study: STUDY,
    jobs: options.jobs ?? jobsOf(STUDY, DUET),
    isDone: (job) => done.has(jobName(job)),
    parallel: options.parallel ?? 2,
    signal,
    onCrash: (job, _, again) => crashed.push(`${jobName(job)} ${again}`),
    async run(job) {
      const name = jobName(job)
      started.push(name)
      options.onRun?.(name)
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 1))
      running--
      if (signal.aborted) throw new Error('killed')
      if (crashes(name, started.filter((other) => other === name).length)) throw new Error('crash')
      done.add(name)
    },
  })
  return { started, crashed, most, done, outcome }
}

test('runs one seed after the other, the reference first, and adds runs that others need', async () => {
  expect(jobsOf(STUDY, DUET).map(jobName)).toEqual([
    ...['duet/ilr/1', 'duet/solo/1', 'duet/compete/1'],
    ...['duet/ilr/2', 'duet/solo/2', 'duet/compete/2'],
  ])
  expect(jobsOf(STUDY, { ...DUET, arms: ['compete'] })).toHaveLength(2)
  const { started, most, outcome } = await schedule({})
  expect(outcome).toEqual({ failed: [], blocked: [] })
  expect(most).toBe(2)
  expect(started).toHaveLength(6)
  // Solo waits for its reference; another run fills the place meanwhile.
  expect(started.slice(0, 2)).toEqual(['duet/ilr/1', 'duet/compete/1'])
  for (const seed of [1, 2])
    expect(started.indexOf(`duet/solo/${seed}`)).toBeGreaterThan(started.indexOf(`duet/ilr/${seed}`))
})

test('a run that crashes once is repeated; one that crashes twice is skipped, with its dependents', async () => {
  const once = await schedule({ crashes: (name, attempt) => name === 'duet/compete/1' && attempt === 1 })
  expect(once.crashed).toEqual(['duet/compete/1 true'])
  expect(once.outcome).toEqual({ failed: [], blocked: [] })
  expect(once.done.size).toBe(6)

  const twice = await schedule({ crashes: (name) => name === 'duet/ilr/1' })
  expect(twice.outcome.failed.map(jobName)).toEqual(['duet/ilr/1'])
  expect(twice.outcome.blocked.map(jobName)).toEqual(['duet/solo/1'])
  expect([...twice.done].sort()).toEqual(['duet/compete/1', 'duet/compete/2', 'duet/ilr/2', 'duet/solo/2'])
})

test('interrupted, it starts nothing more; the next time it runs only what is missing', async () => {
  const control = new AbortController()
  const first = await schedule({
    parallel: 1,
    signal: control.signal,
    onRun: (name) => name === 'duet/solo/1' && control.abort(),
  })
  expect([...first.done]).toEqual(['duet/ilr/1'])
  expect(first.crashed).toEqual([])
  expect(first.outcome).toEqual({ failed: [], blocked: [] })
  const second = await schedule({ done: first.done })
  expect(second.started).toHaveLength(5)
  expect(second.started).not.toContain('duet/ilr/1')
  expect(second.done.size).toBe(6)
})

test('the time left is estimated from runs of the same arm, else from all, else from progress', () => {
  const job = (arm: string, seed: number) => ({ scenario: 'duet', arm, seed })
  const finished = [
    { ...job('ilr', 1), seconds: 100 },
    { ...job('solo', 1), seconds: 40 },
  ]
  expect(secondsLeft(finished, [], [job('ilr', 2), job('solo', 2)], 1)).toBe(140)
  // Two at a time take at least as long as the longest of them.
  expect(secondsLeft(finished, [], [job('ilr', 2), job('solo', 2)], 2)).toBe(100)
  expect(secondsLeft(finished, [], [job('compete', 1)], 1)).toBe(70)
  expect(secondsLeft([], [{ ...job('ilr', 1), fraction: 0.25, seconds: 10 }], [job('ilr', 2)], 1)).toBe(70)
  expect(secondsLeft([], [{ ...job('ilr', 1), fraction: 0, seconds: 10 }], [], 1)).toBeNull()
  expect(secondsLeft(finished, [], [], 2)).toBe(0)
})

test('options', () => {
  expect(parse([])).toMatchObject({
    study: STUDY,
    selection: { scenarios: ['duet', 'halves'], arms: Object.keys(STUDY.arms), seeds: [1, 2, 3, 4, 5] },
    ...{ out: 'study', quick: false, reportOnly: false, jobs: null },
  })
  expect(
    parse('--scenario duet --arms solo,ilr --seeds 4,9 --out x --jobs 3 --report'.split(' ')),
  ).toMatchObject({
    selection: { scenarios: ['duet'], arms: ['solo', 'ilr'], seeds: [4, 9] },
    ...{ out: 'x', reportOnly: true, jobs: 3 },
  })
  expect(parse(['--quick'])).toMatchObject({
    study: QUICK_STUDY,
    selection: { arms: ['ilr', 'solo', 'share-only'], seeds: [1] },
    out: 'study/quick',
  })
  expect(parse(['--seeds', '2', '--scenario', 'all'])?.selection.seeds).toEqual([1, 2])
  expect(parse(['--seeds', '0', '--help'])).toBeNull()
})

test.each([
  [['--arms', 'ilr,nobody'], '--arms: found "nobody", wanted one of: ilr'],
  [['--quick', '--arms', 'random'], '--arms: found "random"'],
  [['--scenario', 'trio'], '--scenario: found "trio"'],
  [['--seeds', '0'], '--seeds: found "0", wanted a whole number of at least 1'],
  [['--seeds', '1,x'], '--seeds: found "x"'],
  [['--jobs', '1.5'], '--jobs: found "1.5"'],
  [['--fast'], '--fast'],
  [['duet'], 'duet'],
])('%j is refused in one sentence that names it', (args, message) => {
  expect(() => parse(args)).toThrow(message)
})
