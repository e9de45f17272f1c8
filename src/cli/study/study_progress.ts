import type { RunConfig } from '../../config/config'
import { durationText, percent } from '../../report/format'
import { finalOf, firstOf, meanSolo } from '../../study/measures'
import type { RunRecord } from '../../study/record'
import type { StudyRun } from '../../study/results'
import { type Job, jobName } from '../../study/scenarios'
import { secondsLeft } from '../../study/schedule'
import { barText, StatusLine } from '../terminal'

interface RunningJob {
  readonly job: Job
  readonly config: RunConfig
  readonly record: RunRecord
  readonly begun: number
}

/** Progress of a study: a status line on a terminal, and a line for each finished run. */
export class StudyProgress {
  private readonly going = new Map<string, RunningJob>()
  private readonly line: StatusLine

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly jobs: readonly Job[],
    private readonly parallel: number,
    private readonly runs: () => readonly StudyRun[],
  ) {
    this.line = new StatusLine(out)
  }

  started(job: Job, config: RunConfig, record: RunRecord): void {
    this.going.set(jobName(job), { job, config, record, begun: performance.now() })
    this.show()
  }

  /** For a run that has finished or crashed. */
  ended(job: Job): void {
    this.going.delete(jobName(job))
  }

  finished(run: StudyRun): void {
    this.ended(run)
    const last = finalOf(run)
    const [from, to] = [firstOf(run), last].map((line) => percent(meanSolo(line)))
    this.say(
      `${run.scenario} ${run.arm} seed ${run.seed}: solo ${from} -> ${to}, ${last.step} steps in ${durationText(last.seconds)}   (${this.overall()})`,
    )
  }

  /** Prints a line above the status line. */
  say(line: string): void {
    this.line.clear()
    this.out.write(`${line}\n`)
    this.show()
  }

  show(): void {
    const going = [...this.going.values()].map(
      ({ job, config, record }) => `${jobName(job)} ${Math.floor(100 * record.fraction(config))} %`,
    )
    const share = (this.done() + this.fractions()) / Math.max(1, this.jobs.length)
    this.line.show(`${barText(share)} ${this.overall()}  ${going.join('  ')}`)
  }

  clear(): void {
    this.line.clear()
  }

  private done(): number {
    const finished = new Set(this.runs().map(jobName))
    return this.jobs.filter((job) => finished.has(jobName(job))).length
  }

  private fractions(): number {
    return [...this.going.values()].reduce((sum, { record, config }) => sum + record.fraction(config), 0)
  }

  private overall(): string {
    const runs = this.runs()
    const finished = new Set(runs.map(jobName))
    const waiting = this.jobs.filter((job) => !finished.has(jobName(job)) && !this.going.has(jobName(job)))
    const going = [...this.going.values()].map(({ job, record, config, begun }) => ({
      ...job,
      fraction: record.fraction(config),
      seconds: (performance.now() - begun) / 1000,
    }))
    const known = runs.map((run) => ({ ...run, seconds: finalOf(run).seconds }))
    const left = secondsLeft(known, going, waiting, this.parallel)
    const time = left === null || left === 0 ? '' : `, about ${durationText(left)} left`
    return `${this.done()} of ${this.jobs.length} runs${time}`
  }
}
