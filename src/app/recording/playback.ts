/** A recording that is being played: the state that its run would show live, moved on by a clock. */
import type { Recording } from '../../runs/recording'
import { initialState, reduce, type ViewState } from '../state'
import { type Cue, cuesOf } from './score'

export interface PlaybackClock {
  /** Milliseconds since any fixed moment. */
  now(): number
  /** Calls back once, at the next moment at which showing something new makes sense. */
  nextFrame(callback: () => void): void
}

/** How fast texts come: so that each can be read, or fast. */
export type Speed = 'read' | 'fast'

/** What time is multiplied with: a step takes ten seconds, or two and a half. */
export const RATES: Readonly<Record<Speed, number>> = { read: 0.5, fast: 2 }

/** The browser's frames. A hidden page has none, and what plays waits. */
export const FRAMES: PlaybackClock = {
  now: () => performance.now(),
  nextFrame: (callback) => void requestAnimationFrame(callback),
}

export interface PlaybackView {
  /** What the panels show. It is no run of this page: nothing can be done to it. */
  readonly state: ViewState
  readonly playing: boolean
  /** Whether all of it has been shown. */
  readonly ended: boolean
}

/** The most that one frame moves on, so that a page that was hidden or busy goes on where it was. */
const LONGEST_FRAME = 250

export class Playback {
  private readonly cues: readonly Cue[]
  private readonly listeners = new Set<(view: PlaybackView) => void>()
  private view: PlaybackView = { state: initialState, playing: false, ended: false }
  /** Cues that were shown. */
  private shown = 0
  /** Milliseconds played. */
  private position = 0
  private last = 0
  private scheduled = false
  private rate = 1

  /** Stands at its beginning, which has been shown. */
  constructor(
    private readonly recording: Pick<Recording, 'config' | 'events'>,
    private readonly clock: PlaybackClock,
  ) {
    this.cues = cuesOf(recording.events)
    this.rewind()
  }

  get current(): PlaybackView {
    return this.view
  }

  subscribe(listener: (view: PlaybackView) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Goes on, or begins anew at its end. */
  play(): void {
    if (this.view.playing) return
    if (this.view.ended) this.rewind()
    this.last = this.clock.now()
    this.show({ ...this.view, playing: true })
    this.schedule()
  }

  setRate(rate: number): void {
    this.rate = rate
  }

  pause(): void {
    if (this.view.playing) this.show({ ...this.view, playing: false })
  }

  /** Shows all of it at once. */
  skip(): void {
    this.moveTo(Number.POSITIVE_INFINITY)
  }

  private rewind(): void {
    const { config } = this.recording
    const state = reduce(initialState, { type: 'opened', config, history: [] })
    this.shown = 0
    this.view = { state, playing: false, ended: false }
    this.moveTo(0)
  }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.clock.nextFrame(() => {
      this.scheduled = false
      if (!this.view.playing) return
      const now = this.clock.now()
      this.moveTo(this.position + Math.min(now - this.last, LONGEST_FRAME) * this.rate)
      this.last = now
      if (this.view.playing) this.schedule()
    })
  }

  private moveTo(position: number): void {
    this.position = position
    const before = this.shown
    while (this.shown < this.cues.length && this.cues[this.shown].at <= position) this.shown++
    if (this.shown === before) return
    const due = this.cues.slice(before, this.shown)
    const ended = this.shown === this.cues.length
    const state = due.reduce((now, { event }) => reduce(now, event), this.view.state)
    this.show({ state, playing: this.view.playing && !ended, ended })
  }

  private show(view: PlaybackView): void {
    this.view = view
    for (const listener of this.listeners) listener(view)
  }
}
