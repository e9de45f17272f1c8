import { describe, expect, it } from 'vitest'
import { framesOf, type TraceEvent } from '../../src/bench/frame_trace'
import { percentile } from '../../src/report/averages'

const PAGE = { pid: 1, tid: 10 }
const mark = (ms: number): TraceEvent => ({ name: 'colloquy-frame', ph: 'I', ...PAGE, ts: ms * 1000 })
/** Makes a task that took `ms` milliseconds and ran for `ran` of them. */
const task = (start: number, ms: number, ran = ms, thread = PAGE): TraceEvent => ({
  name: 'ThreadControllerImpl::RunTask',
  ph: 'X',
  ...thread,
  ts: start * 1000,
  dur: ms * 1000,
  tdur: ran * 1000,
})

describe('the frames of a trace', () => {
  const events = [
    mark(33),
    mark(1),
    mark(17),
    // Begins before the first frame.
    task(0, 2),
    // A task between two frames, and the task that draws the second.
    task(5, 3, 2),
    task(16, 4),
    // A task within the previous one.
    task(17, 1),
    // A task longer than a frame that waited most of that time.
    task(20, 80, 5),
    // A worker's task.
    task(6, 60, 60, { pid: 1, tid: 11 }),
    { ...task(7, 60), name: 'something else' },
    mark(120),
    task(121, 9),
  ]
  const { work, tasks } = framesOf(events)

  it('have the main thread’s tasks that began before their marks, while it ran', () => {
    expect(work).toEqual([6, 5, 0])
    expect(tasks).toEqual([2, 4, 5])
  })

  it('are at least two', () => {
    expect(() => framesOf([mark(1)])).toThrow('1 frames')
  })
})

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)

  it('is the smallest value that this share does not exceed', () => {
    expect([0, 0.5, 0.95, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([1, 50, 95, 99, 100])
    expect(percentile([7], 0.95)).toBe(7)
  })

  it('of an empty list is none', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError)
  })
})
