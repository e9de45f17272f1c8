import { isSameRun } from '../../config/comparison'
import type { RunConfig } from '../../config/config'
import { presetConfig, SINGLE_AGENT } from '../../config/presets'
import type { ComparedRun } from '../comparison/verdict'
import type { ViewState } from '../state'

/** The run of the lesson where the link brings none: its steps take seconds, and its groups can be worked out by hand. */
export const LESSON_RUN: RunConfig = presetConfig('duet', {
  steps: 12,
  questionsPerStep: 5,
  numGenerations: 4,
  abilityQuestions: 20,
  evalEvery: 3,
  evalSize: 50,
})

type Run = Pick<ViewState, 'config' | 'steps' | 'evals'>

/** Whether the run in view is the one beside it once more, every peer for itself. */
export function isSingleAgentOf({ config }: Pick<Run, 'config'>, compared: ComparedRun | null): boolean {
  return config !== null && compared !== null && isSameRun(config, { ...compared.config, ...SINGLE_AGENT })
}

/** The run that the lesson is about: at its end the single agent is in view, and the run of the lesson beside it. */
export function lessonRun(run: Run, compared: ComparedRun | null): Run {
  return compared !== null && isSingleAgentOf(run, compared) ? compared : run
}
