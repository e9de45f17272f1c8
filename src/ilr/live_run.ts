import type { RunConfig } from '../config/config'
import { Scope } from '../scope'
import { Control } from './control'
import { EventQueue } from './event_queue'
import type { RunEvent } from './events'
import { learn } from './learn'
import type { Run, RunPorts } from './run'

/** A run on a task. It begins at the first read and stops when its reader leaves. */
export class LiveRun implements Run {
  private readonly queue = new EventQueue()
  private readonly control = new Control()
  private readonly scope = new Scope()
  private started = false
  private stopping: Promise<void> | null = null

  constructor(
    private readonly config: RunConfig,
    private readonly ports: RunPorts,
  ) {}

  pause(): void {
    this.control.pause()
  }
  resume(): void {
    this.control.resume()
  }
  step(): void {
    this.control.step()
  }
  stage(): void {
    this.control.stage()
  }
  keep(): Promise<void> {
    return this.control.keep()
  }
  /** Ends the iterable at once. Resolves once the peers are freed, but does not wait for work that hangs. */
  stop(): Promise<void> {
    this.control.stop()
    this.queue.cut()
    this.stopping ??= this.scope.close()
    return this.stopping
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return {
      next: () => {
        this.start()
        return this.queue.next()
      },
      return: async () => {
        await this.stop()
        return { done: true, value: undefined }
      },
    }
  }

  private start(): void {
    if (this.started || this.control.isStopped) return
    this.started = true
    void this.work()
  }

  private async work(): Promise<void> {
    const { queue, control, scope } = this
    try {
      await learn(this.config, this.ports, {
        emit: (event) => queue.push(event),
        room: () => queue.room(),
        control,
        scope,
      })
      await scope.close()
      queue.end()
    } catch (error) {
      // After a stop the queue is already at its end, and this error is a consequence of the stop.
      queue.end({ error })
      await scope.close()
    } finally {
      control.kept()
    }
  }
}

/**
 * Creates a run; read its events with `for await`. It begins at the first read and has one reader. A reader
 * that leaves stops the run; one that lags holds it up. An error of a peer or of the storage rejects the
 * iterable unchanged.
 */
export function createRun(config: RunConfig, ports: RunPorts): Run {
  return new LiveRun(config, ports)
}
