/**
 * Waits for the end of the current task. A browser sends a thread's encoded GPU commands to its GPU process
 * only when the task ends, and a chain of settled promises is one task. Without a break the GPU idles until
 * everything is encoded.
 */
export class TaskEnd {
  private readonly channel = new MessageChannel()
  private readonly waiting: (() => void)[] = []

  constructor() {
    this.channel.port1.onmessage = () => this.waiting.shift()?.()
  }

  /** Resolves in the next task, after a few microseconds. A timer would take milliseconds. */
  reached(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve)
      this.channel.port2.postMessage(null)
    })
  }

  close(): void {
    this.channel.port1.close()
    this.channel.port2.close()
  }
}
