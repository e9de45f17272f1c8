import type { RunConfig } from '../config/config'
import type { Peer } from '../model/peer'
import type { Task } from '../tasks/task'
import type { RunEvent, RunState } from './events'

/** A task, and what has to be closed after it: a judge in a worker, say. */
export interface OpenTask {
  readonly task: Task
  /** What a reader must know of its questions, e.g. lines of a file that could not be used. */
  readonly notes: readonly string[]
  close(): void
}

/** What a run needs from outside: time, storage, its questions and its peers are passed in. */
export interface RunPorts {
  /** @throws ColloquyError `task` where its questions cannot be read */
  openTask(config: RunConfig): Promise<OpenTask>
  /** Loads the peers of the config, in order; `onProgress` gets fractions in [0, 1]. */
  loadPeers(config: RunConfig, onProgress: (peer: string, fraction: number) => void): Promise<Peer[]>
  /** Milliseconds, monotonic. */
  now(): number
  /**
   * Keeps a checkpoint; resolves once it is durable. `events` are the step, eval and exchange events since the checkpoint before,
   * or since the run began or was gone on with; earlier ones are the store's to keep.
   * @throws ColloquyError `storage` where it cannot be kept: the run says so, goes on, and tries again with the next one. Other errors end it.
   */
  saveState(state: RunState, events: readonly RunEvent[]): Promise<void>
  /** The checkpoint to go on from, or null to start fresh. */
  loadState(): Promise<RunState | null>
  /**
   * Called once when the run is over, its last checkpoint kept and its peers still there; also where it was over before. What it says
   * comes before `done`.
   */
  finish(emit: (event: RunEvent) => void): Promise<void>
}

export interface Run extends AsyncIterable<RunEvent> {
  /** Stops before the next unit of work (a stage, an evaluation); a `paused` event says when. */
  pause(): void
  resume(): void
  /** Runs one step, then pauses. */
  step(): void
  /** Runs to the end of the next stage (share, analyze, fuse; after the last of them, of the step), then pauses. */
  stage(): void
  /**
   * Keeps the steps that are finished, whatever `checkpointEvery` says. Resolves once they are kept, which is at the next unit of work, or
   * where there is nothing to keep or no way to keep it.
   */
  keep(): Promise<void>
  /** Ends the run; frees its peers; the iterable ends. Safe at any point, more than once. */
  stop(): Promise<void>
}
