import type { RunEvent } from './events'

/** A reader that lags this many events behind holds the run up at its next unit of work. */
const HIGH_WATER = 256

/** An event that waits, and how many were pushed for it. */
interface Entry {
  event: RunEvent
  pushed: number
}

/**
 * Events on their way from a run to its one reader, in order. Where the reader lags, text of one stage is joined
 * and progress of one phase replaced, never across another kind of event. A run waits for `room` before a unit of work; in a worker it is
 * its reader's thread that says how fast the queue is read (`workers/event_window.ts`).
 */
export class EventQueue {
  private entries: Entry[] = []
  private readers: ((result: IteratorResult<RunEvent> | Promise<never>) => void)[] = []
  private roomWaiters: (() => void)[] = []
  private ended: { readonly error?: unknown } | null = null

  /** @param onTaken called when the reader takes an event, with how many were pushed for it */
  constructor(private readonly onTaken: (pushed: number) => void = () => undefined) {}

  /** Ignored after the end. */
  push(event: RunEvent): void {
    if (this.ended) return
    const reader = this.readers.shift()
    if (reader) {
      reader({ done: false, value: event })
      this.onTaken(1)
    } else if (!this.coalesce(event)) this.entries.push({ event, pushed: 1 })
  }

  /** No more events: readers get what is queued, then the end, or the rejection if `error` is given. */
  end(failure: { readonly error?: unknown } = {}): void {
    if (this.ended) return
    this.ended = failure
    for (const reader of this.readers.splice(0)) reader(this.last())
    this.makeRoom()
  }

  /** As `end`, without what is queued. */
  cut(): void {
    this.entries = []
    this.end()
  }

  next(): Promise<IteratorResult<RunEvent>> {
    const entry = this.entries.shift()
    if (entry) {
      if (this.entries.length <= HIGH_WATER) this.makeRoom()
      this.onTaken(entry.pushed)
      return Promise.resolve({ done: false, value: entry.event })
    }
    if (this.ended) return Promise.resolve(this.last())
    return new Promise((resolve) => this.readers.push(resolve))
  }

  /** Resolves when the reader is not too far behind. */
  room(): Promise<void> {
    if (this.ended || this.entries.length <= HIGH_WATER) return Promise.resolve()
    return new Promise((resolve) => this.roomWaiters.push(resolve))
  }

  private makeRoom(): void {
    for (const resolve of this.roomWaiters.splice(0)) resolve()
  }

  /** An error is said once; after it the queue is at its end. */
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
    for (let at = this.entries.length - 1; at >= 0; at--) {
      const queued = this.entries[at]
      if (queued.event.type !== 'text' && queued.event.type !== 'progress') return false
      const joined = join(queued.event, event)
      if (!joined) continue
      queued.event = joined
      queued.pushed++
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
