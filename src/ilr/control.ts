/** Unwinds a run after `stop`. It never leaves the run. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** State of pause, step, stage, keep and stop, as the run's loop reads it. */
export class Control {
  private paused = false
  private stopped = false
  private pauseAfter: 'step' | 'stage' | null = null
  private wake: () => void = () => {}
  /** True when a finished step was neither kept nor tried to keep. */
  private unkept = false
  private keepWaiters: (() => void)[] = []

  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.pauseAfter = null
    this.wakeUp()
  }
  /** Resumes until the current step ends, or the next one where none is under way. */
  step(): void {
    this.pauseAfter = 'step'
    this.wakeUp()
  }
  /** Resumes until a stage ends, or the step where no stage of it is left. */
  stage(): void {
    this.pauseAfter = 'stage'
    this.wakeUp()
  }
  /**
   * Resolves once the finished steps are kept, at the next unit of work; at once where nothing is to be kept.
   */
  keep(): Promise<void> {
    if (!this.unkept || this.stopped) return Promise.resolve()
    return new Promise((resolve) => this.keepWaiters.push(resolve))
  }
  stop(): void {
    this.stopped = true
    this.resolveKeepWaiters()
    this.wakeUp()
  }

  get isStopped(): boolean {
    return this.stopped
  }

  /**
   * The loop awaits this before every unit of work. `keep` saves the finished steps, also before a pause.
   * @throws Stopped
   */
  async turn(keep: () => Promise<void>, onPaused: () => void): Promise<void> {
    this.check()
    if (this.unkept && (this.paused || this.keepWaiters.length > 0)) {
      await keep()
      this.kept()
      this.check()
    }
    if (!this.paused) return
    onPaused()
    while (this.paused)
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    this.check()
  }

  stageFinished(): void {
    if (this.pauseAfter === 'stage') this.pauseNow()
  }

  stepFinished(): void {
    if (this.pauseAfter !== null) this.pauseNow()
  }

  /** Notes that a step has finished and is not kept yet. */
  stepTrained(): void {
    this.unkept = true
  }

  /** Notes that the finished steps are kept, or cannot be kept. */
  kept(): void {
    this.unkept = false
    this.resolveKeepWaiters()
  }

  private resolveKeepWaiters(): void {
    for (const resolve of this.keepWaiters.splice(0)) resolve()
  }

  private pauseNow(): void {
    this.pauseAfter = null
    this.paused = true
  }

  private check(): void {
    if (this.stopped) throw new Stopped()
  }
  private wakeUp(): void {
    this.paused = false
    this.wake()
  }
}
