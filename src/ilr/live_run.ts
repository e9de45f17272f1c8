import type { Peer } from '../model/peer'
import type { RunConfig } from '../runs/config'
import { Control } from './control'
import { EventQueue } from './event_queue'
import type { RunEvent } from './events'
import { learn } from './learn'
import type { OpenTask, Run, RunPorts } from './run'

/** A run on a task. It begins when it is first read from, and ends when its reader leaves. */
export class LiveRun implements Run {
  private readonly queue = new EventQueue()
  private readonly control = new Control()
  private peers: readonly Peer[] = []
  private task: OpenTask | null = null
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
  /** Waits for the peers to be freed, but not for work that hangs: the iterable ends at once. */
  stop(): Promise<void> {
    this.control.stop()
    this.queue.cut()
    this.stopping ??= this.free()
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
    try {
      await learn(this.config, this.ports, {
        emit: (event) => this.queue.push(event),
        seat: (peers) => {
          this.peers = peers
        },
        hold: (task) => {
          this.task = task
        },
        turn: async (step, after, keep) => {
          await this.queue.room()
          await this.control.turn(keep, () => this.queue.push({ type: 'paused', step, after }))
        },
        stageFinished: () => this.control.stageFinished(),
        stepTrained: () => this.control.stepTrained(),
        kept: () => this.control.kept(),
        stepFinished: () => this.control.stepFinished(),
      })
      await this.free()
      this.queue.end()
    } catch (error) {
      // After a stop the queue is at its end already, and what broke then broke because of it.
      this.queue.end({ error })
      await this.free()
    } finally {
      this.control.kept()
    }
  }

  /** A peer that cannot be closed is gone already. */
  private async free(): Promise<void> {
    const peers = this.peers
    this.peers = []
    this.task?.close()
    this.task = null
    await Promise.allSettled(peers.map((peer) => peer.close()))
  }
}
