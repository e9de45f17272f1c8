/**
 * The end of the task under way. A browser hands what a thread has encoded for the GPU to the process that drives it only when the
 * thread's task ends, and a chain of promises that are settled already is one task: without a break the GPU waits until everything is encoded.
 */
export class TaskEnd {
  private readonly channel = new MessageChannel()
  private readonly waiting: (() => void)[] = []

  constructor() {
    this.channel.port1.onmessage = () => this.waiting.shift()?.()
  }

  /** Settles in the next task: a few microseconds, where a timer would take milliseconds. */
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
