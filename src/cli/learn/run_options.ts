import type { RunTransfer } from '../../../workers/run_host'
import type { ModelOptions } from './model_options'

/** Where a run of the command line computes. */
export const RUN_PLACES = ['chromium', 'firefox', 'webkit', 'node'] as const
export type RunPlace = (typeof RUN_PLACES)[number]

export interface RunOptions {
  /** Null: in Chrome, Chromium or Edge where one is found and starts, else in node, saying so. */
  readonly place: RunPlace | null
  /** Cores to use; null is all there are. */
  readonly cores: number | null
  readonly models: ModelOptions
  readonly transfer: RunTransfer
  readonly signal: AbortSignal
  /** Told where it runs. */
  say(text: string): void
}
