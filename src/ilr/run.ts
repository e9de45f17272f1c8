import type { Peer } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { Task } from '../tasks/task'
import { wordProblems } from '../tasks/word_problems'
import type { RunEvent, RunState } from './events'
import { LiveRun } from './live_run'

/** What a run needs from outside: time, storage and its peers are passed in. */
export interface RunPorts {
  /** Loads the peers of the config, in order; `onProgress` gets fractions in [0, 1]. */
  loadPeers(config: RunConfig, onProgress: (peer: string, fraction: number) => void): Promise<Peer[]>
  /** Milliseconds, monotonic. */
  now(): number
  /**
   * Keeps a checkpoint; resolves once it is durable. `metrics` are the step and eval events since the run began or
   * was gone on with; those before are the store's to keep.
   */
  saveState(state: RunState, metrics: readonly RunEvent[]): Promise<void>
  /** The checkpoint to go on from, or null to start fresh. */
  loadState(): Promise<RunState | null>
}

export interface Run extends AsyncIterable<RunEvent> {
  /** Stops before the next unit of work (a stage, an evaluation); a `paused` event says when. */
  pause(): void
  resume(): void
  /** Runs one step, then pauses. */
  step(): void
  /** Ends the run; frees its peers; the iterable ends. Safe at any point, more than once. */
  stop(): Promise<void>
}

const TASKS: Readonly<Record<RunConfig['task'], Task>> = { 'word-problems': wordProblems }

/**
 * A run: read its events with `for await`. It begins when reading begins and has one reader; a reader that leaves
 * stops it, one that lags holds it up. An error of a peer or of the storage rejects the iterable, as it was thrown.
 */
export function createRun(config: RunConfig, ports: RunPorts): Run {
  return new LiveRun(config, ports, TASKS[config.task])
}
