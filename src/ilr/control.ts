/** Thrown inside a run to unwind it after `stop`; never leaves it. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** Pause, step, stage and stop, as seen by the loop that obeys them. */
export class Control {
  private paused = false
  private stopped = false
  private pauseAfter: 'step' | 'stage' | null = null
  private wake: () => void = () => {}

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
  stop(): void {
    this.stopped = true
    this.goOn()
  }

  get isStopped(): boolean {
    return this.stopped
  }

  /** Awaited before every unit of work. @throws Stopped */
  async turn(onPaused: () => void): Promise<void> {
    this.check()
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
