import type { RunConfig } from '../../config/config'
import { durationText, percent } from '../../report/format'
import { finalOf, firstOf, meanSolo } from '../../study/measures'
import type { RunRecord } from '../../study/record'
import type { StudyRun } from '../../study/results'
import { type Job, jobName } from '../../study/scenarios'
import { secondsLeft } from '../../study/schedule'

interface Going {
  readonly job: Job
  readonly config: RunConfig
  readonly record: RunRecord
  readonly begun: number
}

const BAR = 24

/** How far the study is: a line that is written over on a terminal, one line a run elsewhere. */
export class StudyProgress {
  private readonly going = new Map<string, Going>()
  private shown = 0

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly jobs: readonly Job[],
    private readonly parallel: number,
    private readonly runs: () => readonly StudyRun[],
  ) {}

  started(job: Job, config: RunConfig, record: RunRecord): void {
    this.going.set(jobName(job), { job, config, record, begun: performance.now() })
    this.show()
  }

  /** Of a run that has come to its end, or has crashed. */
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

  /** Prints a line above the bar. */
  say(line: string): void {
    this.clear()
    this.out.write(`${line}\n`)
    this.show()
  }

  /** Draws the bar anew, where there is one. */
  show(): void {
    if (!this.out.isTTY) return
    const going = [...this.going.values()].map(
      ({ job, config, record }) => `${jobName(job)} ${Math.floor(100 * record.fraction(config))} %`,
    )
    const share = (this.done() + this.fractions()) / Math.max(1, this.jobs.length)
    const filled = Math.min(BAR, Math.round(BAR * share))
    const bar = `[${'='.repeat(filled)}${' '.repeat(BAR - filled)}]`
    const line = `${bar} ${this.overall()}  ${going.join('  ')}`.slice(
      0,
      Math.max(20, (this.out.columns ?? 80) - 1),
    )
    this.clear()
    this.out.write(line)
    this.shown = line.length
  }

  clear(): void {
    if (this.shown > 0) this.out.write(`\r${' '.repeat(this.shown)}\r`)
    this.shown = 0
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
