import type { Peer } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { RunEvent, RunState } from './events'

/** What a run needs from outside: time, storage and its peers are passed in. */
export interface RunPorts {
  /** Loads the peers of the config, in order; `onProgress` gets fractions in [0, 1]. */
  loadPeers(config: RunConfig, onProgress: (peer: string, fraction: number) => void): Promise<Peer[]>
  /** Milliseconds, monotonic. */
  now(): number
  /** Keeps a checkpoint; resolves once it is durable. */
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

export declare function createRun(config: RunConfig, ports: RunPorts): Run
