import type { Run } from '../ilr/run'
import type { SavedRun } from '../runs/checkpoints'
import type { RunConfig } from '../runs/config'

/** A ready-made run that the visitor can pick. */
export interface PresetChoice {
  readonly name: string
  /** One line for people who choose. */
  readonly title: string
  readonly config: RunConfig
}

/** Everything the page needs from below: it never touches a model, a worker or the database itself. */
export interface Engine {
  /** At least one. */
  readonly presets: readonly PresetChoice[]
  /** Starts a run, or goes on from `from`. The iterable of the run rejects with a ColloquyError where it fails. */
  start(config: RunConfig, from: SavedRun | null): Run
  /** The newest kept run that has steps left, or null. */
  savedRun(): Promise<SavedRun | null>
  /** Deletes a kept run. */
  forget(saved: SavedRun): Promise<void>
}
