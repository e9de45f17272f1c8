/** Reads a page's frames from a trace of Chromium. */

/** The used part of a trace's event. Times are in microseconds. */
export interface TraceEvent {
  readonly name: string
  /** `X` is one with a duration. */
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  /** As much of `dur` as the thread was running. */
  readonly tdur?: number
}

/** Categories that the trace needs. */
export const TRACED = ['toplevel', 'blink.user_timing'] as const

/** The mark that `pages/watch_frames.ts` leaves in every frame. */
const FRAME = 'colloquy-frame'
const TASK = 'ThreadControllerImpl::RunTask'

/** Milliseconds that the page's main thread ran, in order of time. */
export interface Frames {
  /** From each frame to the next. */
  readonly work: readonly number[]
  /** In each task. */
  readonly tasks: readonly number[]
}

/** @throws RangeError for a trace with fewer than two frames */
export function framesOf(events: readonly TraceEvent[]): Frames {
  const marks = events.filter(({ name }) => name === FRAME)
  if (marks.length < 2) throw new RangeError(`a trace with ${marks.length} frames`)
  const [{ pid, tid }] = marks
  const times = marks.map(({ ts }) => ts).sort((a, b) => a - b)
  const tasks = events
    .filter((event) => event.ph === 'X' && event.name === TASK && event.pid === pid && event.tid === tid)
    .sort((a, b) => a.ts - b.ts)
  const work = times.slice(1).map(() => 0)
  const ran: number[] = []
  let frame = 0
  let end = Number.NEGATIVE_INFINITY
  for (const { ts, dur = 0, tdur = 0 } of tasks) {
    // A nested task is part of the outer one.
    if (ts < end) continue
    end = ts + dur
    // The task that draws a frame also makes its mark, so it begins before the mark.
    while (frame < times.length && times[frame] <= ts) frame++
    if (frame === 0 || frame === times.length) continue
    work[frame - 1] += tdur / 1000
    ran.push(tdur / 1000)
  }
  return { work, tasks: ran }
}
