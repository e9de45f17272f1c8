/** Downloads a model: the files of a confirmed plan, one after the other, with progress. */
import type { HubContext } from './context'
import { assertConfirmed, type ConfirmedPlan } from './plan'
import { downloadFile } from './transfer'

export interface DownloadProgress {
  readonly source: string
  /** Path of the file that is downloading. */
  readonly path: string
  readonly bytes: number
  readonly total: number
  /** Bytes of the whole model, including those that were here before. */
  readonly modelBytes: number
  readonly modelTotal: number
  /** Bytes per second over the last seconds; null before anything arrives. */
  readonly speed: number | null
  /** Seconds until the file is complete, at this speed. */
  readonly secondsLeft: number | null
  /** Seconds until the model is complete, at this speed. */
  readonly modelSecondsLeft: number | null
  /** Why nothing arrives now, e.g. `HTTP 429, again in 5 s`; null otherwise. */
  readonly waiting: string | null
}

/** Minimum time between two reports. */
const REPORT_MILLISECONDS = 100

/**
 * Downloads the missing bytes of a plan.
 * @throws as `downloadFile`; received bytes are kept for the next try, unless a file proves damaged
 */
export async function downloadModel(
  plan: ConfirmedPlan,
  context: HubContext,
  onProgress: (progress: DownloadProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<void> {
  assertConfirmed(plan)
  await context.store.saveListing(plan.listing)
  const speed = new Speed()
  let before = plan.files.reduce((sum, file) => sum + (file.cached ? file.size : 0), 0)
  for (const file of plan.files) {
    if (file.cached) continue
    let bytes = 0
    let last = Number.NEGATIVE_INFINITY
    let due: ReturnType<typeof setTimeout> | undefined
    const report = (waiting: string | null) => {
      clearTimeout(due)
      due = undefined
      last = context.now()
      const rate = speed.rate()
      const left = (rest: number) => (rest === 0 ? 0 : rate === null || rate === 0 ? null : rest / rate)
      onProgress({
        source: plan.source,
        path: file.path,
        bytes,
        total: file.size,
        modelBytes: before + bytes,
        modelTotal: plan.total,
        speed: rate,
        secondsLeft: left(file.size - bytes),
        modelSecondsLeft: left(plan.total - before - bytes),
        waiting,
      })
    }
    let known = false
    await downloadFile(
      { ...file, what: `${plan.source}/${file.path}` },
      context,
      {
        onBytes(now) {
          // The first number counts bytes that were here before; a smaller number is a new start.
          if (known && now > bytes) speed.add(context.now(), now - bytes)
          else speed.add(context.now(), 0)
          known = true
          bytes = now
          if (now === file.size || context.now() - last >= REPORT_MILLISECONDS) report(null)
          // Reports the last bytes before a silence too.
          else due ??= setTimeout(() => report(null), REPORT_MILLISECONDS)
        },
        onWait: (milliseconds, why) => report(`${why}, again in ${Math.ceil(milliseconds / 1000)} s`),
      },
      signal,
    ).finally(() => clearTimeout(due))
    if (bytes !== file.size) {
      bytes = file.size
      report(null)
    }
    before += file.size
  }
}

/** Bytes per second over the last few seconds. */
class Speed {
  private static readonly WINDOW = 5000
  private readonly samples: { at: number; bytes: number }[] = []

  add(at: number, bytes: number): void {
    this.samples.push({ at, bytes })
    while (at - this.samples[0].at > Speed.WINDOW) this.samples.shift()
  }
  rate(): number | null {
    const first = this.samples.at(0)
    const last = this.samples.at(-1)
    if (!first || !last || last.at === first.at) return null
    // The bytes of the first sample arrived before its time.
    const bytes = this.samples.reduce((sum, sample) => sum + sample.bytes, -first.bytes)
    return (bytes * 1000) / (last.at - first.at)
  }
}
