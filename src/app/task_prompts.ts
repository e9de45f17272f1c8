import type { RunConfig } from '../runs/config'
import { codePrompts } from '../tasks/code.prompts'
import { mathsPrompts } from '../tasks/maths.prompts'
import type { PromptSet } from '../tasks/prompts'
import { wordProblemPrompts } from '../tasks/word_problems.prompts'

/** The templates that a run's prompts are made from. */
export const TASK_PROMPTS: Readonly<Record<RunConfig['task'], PromptSet>> = {
  'word-problems': wordProblemPrompts,
  halves: wordProblemPrompts,
  code: codePrompts,
  'question-file': mathsPrompts,
}
