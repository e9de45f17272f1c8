/** Events of a run that may be on their way to its reader, or wait there. */
export const WINDOW = 64

/**
 * How far a run's events may be ahead of their reader in another thread. The sender waits where the window is used up, so that events
 * wait, and are joined, where the run is held up for them; the reader says what it has taken.
 */
export class EventWindow {
  private room = WINDOW
  private wake: () => void = () => undefined

  /** Resolves when the next event may be sent. One caller at a time. */
  async entered(): Promise<void> {
    while (this.room === 0)
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    this.room--
  }

  /** The reader has taken so many. */
  taken(events: number): void {
    this.room += events
    this.wake()
  }
}
