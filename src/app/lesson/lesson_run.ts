import type { RunConfig } from '../../runs/config'
import { presetConfig } from '../../runs/presets'

/**
 * The run of the lesson where the link brings none: of preset duet, with steps that take seconds and groups that can be worked out
 * by hand.
 */
export const LESSON_RUN: RunConfig = presetConfig('duet', {
  steps: 12,
  questionsPerStep: 5,
  numGenerations: 4,
  abilityQuestions: 20,
  evalEvery: 3,
  evalSize: 50,
})
