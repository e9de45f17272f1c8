/**
 * Plays a recording: the state that its run would show live, moved on by a clock. Texts come word by word at an even
 * pace, because the recording machine's speed does not matter.
 */
import type { Exchange, RunEvent } from '../../ilr/events'
import type { KeptEvent } from '../../runs/file/run_record'
import type { Recording } from '../../runs/recording'
import type { Stage } from '../../tasks/task'
import { Observed } from '../observed'
import { initialState, reduce, type ViewState } from '../state'

interface PlaybackClock {
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
  /** What the panels show. Nothing can be done to it, because it is no run of this page. */
  readonly state: ViewState
  readonly playing: boolean
  readonly ended: boolean
}

/** Maximum milliseconds of one frame, so that a page that was hidden or busy continues where it was. */
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

/** Plays from the beginning, or shows the end only. @returns what ends it */
export function follow(playback: Playback, toEnd: boolean, onView: (view: PlaybackView) => void): () => void {
  const unsubscribe = playback.subscribe(onView)
  if (toEnd) playback.skip()
  else playback.play()
  return () => {
    unsubscribe()
    playback.pause()
  }
}

interface Cue {
  readonly at: number
  readonly event: RunEvent
}

/** Milliseconds of a stage: all peers begin and end together. */
const WRITING: Readonly<Record<Stage, number>> = { share: 1000, analyze: 1400, fuse: 700 }
/** Pause to see the mode before the discussion. */
const DECIDING = 300
/** Pause to see how the step before came out. With all stages a step takes five seconds. */
const LOOKING = 1600

/** The cues of a recording in order of time; what was known before the first step is at 0. */
function cuesOf(events: readonly KeptEvent[]): readonly Cue[] {
  const cues: Cue[] = []
  let now = 0
  for (const event of events) {
    if (event.type === 'exchange') {
      if (now > 0) now += LOOKING
      now = addDiscussion(cues, event.step, event.exchange, now)
    }
    cues.push({ at: now, event })
  }
  return cues
}

/** Adds a discussion as it was told while it happened. @returns its end */
function addDiscussion(cues: Cue[], step: number, exchange: Exchange, begin: number): number {
  const { question, mode, judgement, peers } = exchange
  const write = (stage: Stage, start: number): number => {
    const said = Object.entries(peers).flatMap(([peer, texts]) =>
      texts.flatMap((one) => (one.stage === stage ? [{ peer, ...one }] : [])),
    )
    if (said.length === 0) return start
    const words = said.flatMap(({ peer, text: whole }) =>
      whole.split(/(?<=\s)(?=\S)/).map((text, i, all): Cue => {
        const at = start + (WRITING[stage] * i) / all.length
        return { at, event: { type: 'text', step, peer, stage, text } }
      }),
    )
    const end = start + WRITING[stage]
    const rewards = Object.fromEntries(said.map(({ peer, reward }) => [peer, reward]))
    cues.push(...words.sort((a, b) => a.at - b.at), {
      at: end,
      event: { type: 'marked', step, stage, rewards },
    })
    return end
  }
  cues.push({ at: begin, event: { type: 'question', step, question } })
  const shared = write('share', begin)
  if (mode === null) return shared
  cues.push({ at: shared, event: { type: 'discussion', step, question, mode, judgement } })
  return write('fuse', write('analyze', shared + DECIDING))
}
