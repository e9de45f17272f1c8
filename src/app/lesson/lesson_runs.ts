/** Which run a lesson is about. At its end the single agent is in view, and the run of the lesson beside it. */
import { isSameRun } from '../../runs/comparison'
import { SINGLE_AGENT } from '../../runs/presets'
import type { ComparedRun } from '../comparison/verdict'
import type { ViewState } from '../state'

type Run = Pick<ViewState, 'config' | 'steps' | 'evals'>

/** Whether the run in view is the one beside it once more, every peer for itself. */
export function isSingleAgentOf({ config }: Pick<Run, 'config'>, compared: ComparedRun | null): boolean {
  return config !== null && compared !== null && isSameRun(config, { ...compared.config, ...SINGLE_AGENT })
}

export function lessonRun(run: Run, compared: ComparedRun | null): Run {
  return compared !== null && isSingleAgentOf(run, compared) ? compared : run
}
