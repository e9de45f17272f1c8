import type { RunConfig } from '../../runs/config'
import { codePrompts } from '../../tasks/code.prompts'
import { mathsPrompts } from '../../tasks/maths.prompts'
import type { PromptSet } from '../../tasks/prompts'
import { wordProblemPrompts } from '../../tasks/word_problems.prompts'
import { wordProblemPromptsInWords } from '../../tasks/word_problems_in_words.prompts'

/** Templates, and whom they are for where a task has several. */
export interface TaskPrompts {
  readonly audience: string | null
  readonly prompts: PromptSet
}

const WORD_PROBLEMS: readonly TaskPrompts[] = [
  { audience: 'For the little peers that come with this page', prompts: wordProblemPrompts },
  { audience: 'For instructed models, which are told in words', prompts: wordProblemPromptsInWords },
]

/** The templates that a run's prompts are made from. */
export const TASK_PROMPTS: Readonly<Record<RunConfig['task'], readonly TaskPrompts[]>> = {
  'word-problems': WORD_PROBLEMS,
  halves: WORD_PROBLEMS,
  code: [{ audience: null, prompts: codePrompts }],
  'question-file': [{ audience: null, prompts: mathsPrompts }],
}
