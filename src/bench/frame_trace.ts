/** What a trace of Chromium says of a page's frames. */

/** A trace's event, as far as it is read. Times are in microseconds. */
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

/** Categories of a trace that has what is read here. */
export const TRACED = ['toplevel', 'blink.user_timing'] as const

/** The mark that `pages/watch_frames.ts` leaves in every frame. */
const FRAME = 'colloquy-frame'
const TASK = 'ThreadControllerImpl::RunTask'

/** Milliseconds, in order of time. */
export interface Frames {
  /** From each frame to the next. */
  readonly between: readonly number[]
  /** Of each of these, what the page's main thread has run for: scripts, styles, layout, painting, whatever it was. */
  readonly work: readonly number[]
  /** What each task of it has run for. */
  readonly tasks: readonly number[]
}

/** @throws RangeError where the trace has fewer than two frames */
export function framesOf(events: readonly TraceEvent[]): Frames {
  const marks = events.filter(({ name }) => name === FRAME)
  if (marks.length < 2) throw new RangeError(`a trace with ${marks.length} frames`)
  const [{ pid, tid }] = marks
  const times = marks.map(({ ts }) => ts).sort((a, b) => a - b)
  const tasks = events
    .filter((event) => event.ph === 'X' && event.name === TASK && event.pid === pid && event.tid === tid)
    .sort((a, b) => a.ts - b.ts)
  const between = times.slice(1).map((time, i) => (time - times[i]) / 1000)
  const work = between.map(() => 0)
  const ran: number[] = []
  let frame = 0
  let end = Number.NEGATIVE_INFINITY
  for (const { ts, dur = 0, tdur = 0 } of tasks) {
    // A task within another one is part of it.
    if (ts < end) continue
    end = ts + dur
    // The task that draws a frame begins before the frame's mark, which is made in it.
    while (frame < times.length && times[frame] <= ts) frame++
    if (frame === 0 || frame === times.length) continue
    work[frame - 1] += tdur / 1000
    ran.push(tdur / 1000)
  }
  return { between, work, tasks: ran }
}
