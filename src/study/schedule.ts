import { mean, sum } from '../report/averages'
import { type Job, jobName, neededBy, REFERENCE_ARM, type Study } from './scenarios'

export interface Selection {
  readonly scenarios: readonly string[]
  readonly arms: readonly string[]
  readonly seeds: readonly number[]
}

/**
 * The runs of a selection, all of one seed before the next, so that what there is early is complete for few seeds. Runs
 * that others take their budgets from come first within a seed, and are added where they were not selected.
 */
export function jobsOf(study: Study, { scenarios, arms, seeds }: Selection): Job[] {
  const needsReference = arms.some((arm) => study.arms[arm].match === 'tokens')
  const wanted = new Set(needsReference ? [REFERENCE_ARM, ...arms] : arms)
  const ordered = [...wanted].sort((a, b) => Number(b === REFERENCE_ARM) - Number(a === REFERENCE_ARM))
  return seeds.flatMap((seed) =>
    ordered.flatMap((arm) => scenarios.map((scenario) => ({ scenario, arm, seed }))),
  )
}

export interface Work {
  readonly study: Study
  /** In the order in which they are to be started. */
  readonly jobs: readonly Job[]
  /** Whether results of it are there already. */
  isDone(job: Job): boolean
  /** Jobs at a time. */
  readonly parallel: number
  /** Runs a job and keeps its results; rejects where it crashed. */
  run(job: Job): Promise<void>
  onCrash(job: Job, error: unknown, again: boolean): void
  /** Once aborted, nothing more is started, and what ends then has not crashed. */
  readonly signal: AbortSignal
}

export interface Outcome {
  /** Crashed twice. */
  readonly failed: readonly Job[]
  /** Not run because the run whose tokens they need failed. */
  readonly blocked: readonly Job[]
}

const ATTEMPTS = 2

/** Runs the jobs that are not done yet; one that crashes is tried once more, and the others go on. */
export async function runJobs(work: Work): Promise<Outcome> {
  const { study, jobs, parallel, signal } = work
  const waiting = jobs.filter((job) => !work.isDone(job))
  const attempts = new Map<string, number>()
  const failed: Job[] = []
  const running = new Map<string, Promise<void>>()

  const isReady = (job: Job) => {
    const needed = neededBy(study, job)
    return needed === null || work.isDone(needed)
  }
  const start = (job: Job) => {
    const name = jobName(job)
    attempts.set(name, (attempts.get(name) ?? 0) + 1)
    const crashed = (error: unknown) => {
      if (signal.aborted) return
      const again = (attempts.get(name) ?? 0) < ATTEMPTS
      work.onCrash(job, error, again)
      if (again) waiting.unshift(job)
      else failed.push(job)
    }
    const ended = work
      .run(job)
      .catch(crashed)
      .finally(() => running.delete(name))
    running.set(name, ended)
  }

  for (;;) {
    while (running.size < parallel && !signal.aborted) {
      const next = waiting.findIndex(isReady)
      if (next === -1) break
      start(waiting.splice(next, 1)[0])
    }
    if (running.size === 0) break
    await Promise.race(running.values())
  }
  return { failed, blocked: signal.aborted ? [] : waiting }
}

/** A run that is going on. */
export interface RunningJob extends Job {
  /** Of it, in [0, 1]. */
  readonly fraction: number
  /** Since it began. */
  readonly seconds: number
}

/**
 * Seconds until all is done, from how long finished runs of the same scenario and arm took, else from all runs so far;
 * null where nothing is known yet.
 */
export function secondsLeft(
  finished: readonly (Job & { readonly seconds: number })[],
  going: readonly RunningJob[],
  waiting: readonly Job[],
  parallel: number,
): number | null {
  const extrapolated = going
    .filter(({ fraction }) => fraction > 0)
    .map((run) => ({ ...run, seconds: run.seconds / run.fraction }))
  const known = [...finished, ...extrapolated]
  if (known.length === 0) return null
  const expected = ({ scenario, arm }: Job): number => {
    const alike = known.filter((run) => run.scenario === scenario && run.arm === arm)
    const among = alike.length > 0 ? alike : known
    return mean(among.map(({ seconds }) => seconds))
  }
  const left = [...going.map((run) => (1 - run.fraction) * expected(run)), ...waiting.map(expected)]
  if (left.length === 0) return 0
  // No sooner than the longest of them, however many run side by side.
  return Math.max(Math.max(...left), sum(left) / parallel)
}
