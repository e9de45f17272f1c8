/**
 * Follows one run after another: reduces its events, shows the state once per animation frame, so that fast tokens cost one
 * repaint, and passes the visitor's commands on.
 */

import type { RunConfig } from '../config/config'
import type { ModelPlaces } from '../hub/source'
import type { RunEvent } from '../ilr/events'
import type { Run } from '../ilr/run'
import type { SavedRun } from '../runs/checkpoints'
import type { Engine } from './engine'
import { Observed } from './observed'
import { type Action, initialState, problemOf, reduce, type ViewState } from './state'

export type Portion = 'step' | 'stage'

/** Maximum wait for a stopped run's checkpoint. A run that hangs keeps nothing more. */
const KEEPING_MILLISECONDS = 10_000

/** Schedules once per frame; a hidden page has no frames and is updated every half second. */
export function nextFrame(flush: () => void): void {
  if (document.hidden) setTimeout(flush, 500)
  else requestAnimationFrame(flush)
}

export class Session extends Observed<ViewState> {
  private run: Run | null = null
  private reading: AbortController | null = null
  /** Newer than what is shown, until the next frame. */
  private state = initialState
  private scheduled = false

  /** `schedule` calls back once, at the next moment at which showing something new makes sense. */
  constructor(
    private readonly engine: Pick<Engine, 'start'>,
    private readonly schedule: (flush: () => void) => void,
  ) {
    super(initialState)
  }

  /** Starts a run; pauses after its first step or stage if `pauseAfter` says so. */
  async start(
    config: RunConfig,
    from: SavedRun | null,
    pauseAfter: Portion | null = null,
    places: ModelPlaces = {},
  ): Promise<void> {
    this.now({ type: 'starting', config, history: from?.events ?? [] })
    await this.follow(() => {
      const run = this.engine.start(config, from, places)
      this.run = run
      if (pauseAfter !== null) run[pauseAfter]()
      return run
    })
    this.run = null
  }

  /** Shows a run of another tab from its last checkpoint on. `stop` ends the reading, not the run. */
  async readAlong({ id, config, events }: SavedRun, engine: Pick<Engine, 'readAlong'>): Promise<void> {
    const leaving = new AbortController()
    this.reading = leaving
    this.now({ type: 'starting', config, history: events, reading: true })
    await this.follow(() => engine.readAlong(id, leaving.signal))
    this.reading = null
  }

  /** Shows a run that is kept, or came as a file, up to where it is. */
  open(config: RunConfig, history: readonly RunEvent[]): void {
    this.now({ type: 'opened', config, history })
  }

  /** Shows an error that is not the run's own, e.g. of a setting. */
  refuse(error: unknown): void {
    this.now({ type: 'refused', problem: problemOf(error) })
  }

  pause(): void {
    this.run?.pause()
    this.now({ type: 'pausing' })
  }

  resume(): void {
    this.run?.resume()
    this.now({ type: 'resuming' })
  }

  advance(portion: Portion): void {
    this.run?.[portion]()
    this.now({ type: 'resuming' })
  }

  /** Keeps the finished steps whatever the settings say: a hidden page may be closed without notice. */
  keep(): void {
    void this.run?.keep()
  }

  /** Ends the reading along, or the run once its finished steps are kept. */
  async stop(): Promise<void> {
    const { run } = this
    this.now({ type: 'stopping' })
    if (run !== null) {
      const late = new Promise((resolve) => setTimeout(resolve, KEEPING_MILLISECONDS))
      await Promise.race([run.keep(), late])
    }
    await this.end(run)
  }

  /** Ends the run, or the reading along, at once: a browser may keep a page that was left, with its workers and locks. */
  leave(): void {
    if (this.run === null && this.reading === null) return
    this.now({ type: 'stopping' })
    void this.end(this.run)
  }

  private async end(run: Run | null): Promise<void> {
    this.reading?.abort()
    try {
      await run?.stop()
    } catch (error) {
      this.refuse(error)
    }
  }

  /** Shows events until there are no more; what goes wrong is shown too. */
  private async follow(begin: () => AsyncIterable<RunEvent>): Promise<void> {
    try {
      for await (const event of begin()) this.later(event)
      this.now({ type: 'ended' })
    } catch (error) {
      this.now({ type: 'failed', problem: problemOf(error) })
    }
  }

  private later(action: Action): void {
    this.state = reduce(this.state, action)
    if (this.scheduled) return
    this.scheduled = true
    this.schedule(() => {
      this.scheduled = false
      if (this.state !== this.current) this.show(this.state)
    })
  }

  private now(action: Action): void {
    this.state = reduce(this.state, action)
    this.show(this.state)
  }
}
