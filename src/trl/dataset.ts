import type { RunConfig } from '../config/config'
import { EVALUATION, StepKeys } from '../ilr/step/keys'
import { deriveKey, seedKey } from '../random'
import type { Question, Split, Task } from '../tasks/task'

/** Training questions of a task that makes them. */
const MADE = 4000

/** A question as TRL wants it: a message of a user; the reward gets the other fields. */
function line({ sharePrompt }: Pick<Task, 'sharePrompt'>, { id, answer, text }: Question): string {
  const question: Question = { id, answer, text, skill: '', level: 0, steps: [] }
  return `${JSON.stringify({ prompt: [{ role: 'user', content: sharePrompt(question).trim() }], answer, id })}\n`
}

/**
 * JSON Lines of a split, in words, as a peer answers alone: all training questions of a file, or thousands of a task that makes them; and
 * the very held-out questions that the run was measured on.
 */
export function datasetText(
  task: Task,
  config: RunConfig,
  split: Extract<Split, 'train' | 'heldout'>,
): string {
  const run = seedKey(config.seed)
  const questions =
    split === 'heldout'
      ? task.questions('heldout', new StepKeys(run, EVALUATION).questions(), config.evalSize)
      : task.questions('train', deriveKey(run, 0x74726c), task.sizes?.train ?? MADE)
  return questions.map((question) => line(task.instructed ?? task, question)).join('')
}
