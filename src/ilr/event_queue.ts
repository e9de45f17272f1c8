import type { RunEvent } from './events'

/** A reader that lags more than this many events behind holds up the run at its next unit of work. */
const HIGH_WATER = 256

/**
 * Queue of events from a run to its one reader, in order, in the run's thread. Events wait nowhere else. For
 * a reader that lags, the queue joins text of one stage and replaces progress of one phase, but never across
 * another kind of event. The run awaits `room` before each unit of work.
 */
export class EventQueue {
  private events: RunEvent[] = []
  private readers: ((result: IteratorResult<RunEvent> | Promise<never>) => void)[] = []
  private roomWaiters: (() => void)[] = []
  private ended: { readonly error?: unknown } | null = null

  /** Adds an event; ignored after the end. */
  push(event: RunEvent): void {
    if (this.ended) return
    const reader = this.readers.shift()
    if (reader) reader({ done: false, value: event })
    else if (!this.coalesce(event)) this.events.push(event)
  }

  /** Ends the queue. Readers get the queued events, then the end, or a rejection if `error` is given. */
  end(failure: { readonly error?: unknown } = {}): void {
    if (this.ended) return
    this.ended = failure
    for (const reader of this.readers.splice(0)) reader(this.last())
    this.makeRoom()
  }

  /** Ends the queue and drops the queued events. */
  cut(): void {
    this.events = []
    this.end()
  }

  next(): Promise<IteratorResult<RunEvent>> {
    const event = this.events.shift()
    if (event) {
      if (this.events.length <= HIGH_WATER) this.makeRoom()
      return Promise.resolve({ done: false, value: event })
    }
    if (this.ended) return Promise.resolve(this.last())
    return new Promise((resolve) => this.readers.push(resolve))
  }

  /** Resolves when the reader is not too far behind. */
  room(): Promise<void> {
    if (this.ended || this.events.length <= HIGH_WATER) return Promise.resolve()
    return new Promise((resolve) => this.roomWaiters.push(resolve))
  }

  private makeRoom(): void {
    for (const resolve of this.roomWaiters.splice(0)) resolve()
  }

  /** Reports an error once. After that the queue is at its end. */
  private last(): IteratorResult<RunEvent> | Promise<never> {
    if (this.ended && 'error' in this.ended) {
      const { error } = this.ended
      this.ended = {}
      return Promise.reject(error)
    }
    return { done: true, value: undefined }
  }

  private coalesce(event: RunEvent): boolean {
    if (event.type !== 'text' && event.type !== 'progress') return false
    for (let at = this.events.length - 1; at >= 0; at--) {
      const queued = this.events[at]
      if (queued.type !== 'text' && queued.type !== 'progress') return false
      const joined = join(queued, event)
      if (!joined) continue
      this.events[at] = joined
      return true
    }
    return false
  }
}

function join(queued: RunEvent, event: RunEvent): RunEvent | null {
  if (queued.type === 'text' && event.type === 'text') {
    const same = queued.step === event.step && queued.peer === event.peer && queued.stage === event.stage
    return same ? { ...queued, text: queued.text + event.text } : null
  }
  if (queued.type === 'progress' && event.type === 'progress') {
    const same = queued.step === event.step && queued.peer === event.peer && queued.phase === event.phase
    return same ? event : null
  }
  return null
}
