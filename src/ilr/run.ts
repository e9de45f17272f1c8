import type { RunConfig } from '../config/config'
import type { Peer } from '../model/peer'
import type { Task } from '../tasks/task'
import type { RunEvent, RunState } from './events'

/** A task and a way to close what it holds, such as a judge in a worker. */
export interface OpenTask {
  readonly task: Task
  /** Remarks on its questions for the reader, e.g. lines of a file that could not be used. */
  readonly notes: readonly string[]
  close(): void
}

/** Services that a run gets from outside: time, storage, questions and peers. */
export interface RunPorts {
  /** @throws ColloquyError `task` where its questions cannot be read */
  openTask(config: RunConfig): Promise<OpenTask>
  /** Loads the peers of the config, in order; `onProgress` gets fractions in [0, 1]. */
  loadPeers(config: RunConfig, onProgress: (peer: string, fraction: number) => void): Promise<Peer[]>
  /** Returns milliseconds, monotonic. */
  now(): number
  /**
   * Keeps a checkpoint; resolves once it is durable. `events` are the step, eval and exchange events since
   * the checkpoint before, or since the run began or resumed. The store keeps the earlier ones.
   * @throws ColloquyError `storage` where it cannot be kept: the run warns, continues, and tries again at the
   * next checkpoint. Other errors end the run.
   */
  saveState(state: RunState, events: readonly RunEvent[]): Promise<void>
  /** Returns the checkpoint to resume from, or null to start fresh. */
  loadState(): Promise<RunState | null>
  /**
   * Called once at the end of a run, also of one that was already over. The last checkpoint is kept and the
   * peers are still loaded. Events it emits come before `done`.
   */
  finish(emit: (event: RunEvent) => void): Promise<void>
}

export interface Run extends AsyncIterable<RunEvent> {
  /** Stops before the next unit of work (a stage, an evaluation), then emits `paused`. */
  pause(): void
  resume(): void
  /** Runs one step, then pauses. */
  step(): void
  /**
   * Runs to the end of the next stage (share, analyze, fuse; after the last one, of the step), then pauses.
   */
  stage(): void
  /**
   * Keeps the finished steps, whatever `checkpointEvery` says. Resolves at the next unit of work once they
   * are kept or cannot be kept; at once where nothing is to be kept.
   */
  keep(): Promise<void>
  /** Ends the run and its iterable and frees its peers. Callers may call it at any time, more than once. */
  stop(): Promise<void>
}
