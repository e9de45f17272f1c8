/** Thrown inside a run to unwind it after `stop`; never leaves it. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** Pause, step and stop, as seen by the loop that obeys them. */
export class Control {
  private paused = false
  private stopped = false
  private pauseAfterStep = false
  private wake: () => void = () => {}

  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.pauseAfterStep = false
    this.goOn()
  }
  /** Goes on until the next step is finished, or the current one where one is under way. */
  step(): void {
    this.pauseAfterStep = true
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

  stepFinished(): void {
    if (!this.pauseAfterStep) return
    this.pauseAfterStep = false
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
