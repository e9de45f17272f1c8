/** Thrown inside a run to unwind it after `stop`; never leaves it. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** Pause, step, stage, keep and stop, as seen by the loop that obeys them. */
export class Control {
  private paused = false
  private stopped = false
  private pauseAfter: 'step' | 'stage' | null = null
  private wake: () => void = () => {}
  /** Whether a step was finished that nothing has kept, or tried to keep. */
  private unkept = false
  private keepers: (() => void)[] = []

  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.pauseAfter = null
    this.goOn()
  }
  /** Goes on until the next step is finished, or the current one where one is under way. */
  step(): void {
    this.pauseAfter = 'step'
    this.goOn()
  }
  /** Goes on until a stage is finished, or the step where no stage of it is left. */
  stage(): void {
    this.pauseAfter = 'stage'
    this.goOn()
  }
  /** Resolves once the finished steps are kept, at the next unit of work; at once where there is nothing to keep. */
  keep(): Promise<void> {
    if (!this.unkept || this.stopped) return Promise.resolve()
    return new Promise((resolve) => this.keepers.push(resolve))
  }
  stop(): void {
    this.stopped = true
    this.dismissKeepers()
    this.goOn()
  }

  get isStopped(): boolean {
    return this.stopped
  }

  /** Awaited before every unit of work. `keep` keeps the finished steps; it comes before a pause, too. @throws Stopped */
  async turn(keep: () => Promise<void>, onPaused: () => void): Promise<void> {
    this.check()
    if (this.unkept && (this.paused || this.keepers.length > 0)) {
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

  /** A step has something to keep. */
  stepTrained(): void {
    this.unkept = true
  }

  /** What was finished is kept, or cannot be kept. */
  kept(): void {
    this.unkept = false
    this.dismissKeepers()
  }

  private dismissKeepers(): void {
    for (const resolve of this.keepers.splice(0)) resolve()
  }

  private pauseNow(): void {
    this.pauseAfter = null
    this.paused = true
  }

  private check(): void {
    if (this.stopped) throw new Stopped()
  }
  private goOn(): void {
    this.paused = false
    this.wake()
  }
}
