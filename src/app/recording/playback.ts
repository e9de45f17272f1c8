/** A recording that is being played: the state that its run would show live, moved on by a clock. */
import type { Recording } from '../../runs/recording'
import { Observed } from '../observed'
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
  readonly ended: boolean
}

/** The most that one frame moves on, so that a page that was hidden or busy goes on where it was. */
const LONGEST_FRAME = 250

export class Playback extends Observed<PlaybackView> {
  private readonly cues: readonly Cue[]
  private shown = 0
  private position = 0
  private last = 0
  private scheduled = false
  private rate = 1

  /** Stands at its beginning, which has been shown. */
  constructor(
    private readonly recording: Pick<Recording, 'config' | 'events'>,
    private readonly clock: PlaybackClock,
  ) {
    super({ state: initialState, playing: false, ended: false })
    this.cues = cuesOf(recording.events)
    this.rewind()
  }

  play(): void {
    if (this.current.playing) return
    if (this.current.ended) this.rewind()
    this.last = this.clock.now()
    this.show({ ...this.current, playing: true })
    this.schedule()
  }

  setRate(rate: number): void {
    this.rate = rate
  }

  pause(): void {
    if (this.current.playing) this.show({ ...this.current, playing: false })
  }

  skip(): void {
    this.moveTo(Number.POSITIVE_INFINITY)
  }

  private rewind(): void {
    const { config } = this.recording
    const state = reduce(initialState, { type: 'opened', config, history: [] })
    this.shown = 0
    this.show({ state, playing: false, ended: false })
    this.moveTo(0)
  }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.clock.nextFrame(() => {
      this.scheduled = false
      if (!this.current.playing) return
      const now = this.clock.now()
      this.moveTo(this.position + Math.min(now - this.last, LONGEST_FRAME) * this.rate)
      this.last = now
      if (this.current.playing) this.schedule()
    })
  }

  private moveTo(position: number): void {
    this.position = position
    const before = this.shown
    while (this.shown < this.cues.length && this.cues[this.shown].at <= position) this.shown++
    if (this.shown === before) return
    const due = this.cues.slice(before, this.shown)
    const ended = this.shown === this.cues.length
    const state = due.reduce((now, { event }) => reduce(now, event), this.current.state)
    this.show({ state, playing: this.current.playing && !ended, ended })
  }
}
