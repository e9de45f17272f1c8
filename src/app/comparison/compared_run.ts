import type { RunEvent } from '../../ilr/events'
import type { RunConfig } from '../../runs/config'
import { initialState, reduce, type ViewState } from '../state'

/** A run beside the one in view: what it was told to do, and its curves. */
export interface ComparedRun extends Pick<ViewState, 'evals' | 'steps'> {
  readonly title: string
  readonly config: RunConfig
}

/** A kept run, read as the page reads the one in view. */
export function comparedRun(title: string, config: RunConfig, history: readonly RunEvent[]): ComparedRun {
  const { evals, steps } = history.reduce(reduce, { ...initialState, config })
  return { title, config, evals, steps }
}
