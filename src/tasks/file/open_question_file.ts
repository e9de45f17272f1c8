import { ColloquyError } from '../../errors'
import { questionFileTask } from '../question_file'
import type { Split, Task } from '../task'
import {
  counted,
  describeFile,
  type FileDescription,
  problemTexts,
  splitsText,
  summaryOf,
} from './describe_file'
import { type QuestionFile, readQuestions } from './read_questions'

/** A run needs a question in each of three splits. */
const FEWEST = 3
const REPORTED = 5

export interface OpenOptions {
  /** Questions that a run would take from a split. */
  readonly wanted?: Readonly<Partial<Record<Split, number>>>
  /** Rows that are reported one by one; the rest is counted. */
  readonly reported?: number
}

export interface OpenedFile {
  readonly task: Task
  readonly description: FileDescription
  /** Messages for the run: rows that are left out, and splits that are smaller than wanted. */
  readonly notes: readonly string[]
}

/**
 * Makes a task of the bytes of a question file.
 * @throws ColloquyError `task` for a file that cannot be read, and for fewer than three questions
 */
export async function openQuestionFile(
  bytes: Uint8Array,
  name: string,
  { wanted = {}, reported = REPORTED }: OpenOptions = {},
): Promise<OpenedFile> {
  const file = await readQuestions(bytes, name)
  if (file.questions.length < FEWEST) throw tooShort(file, name)
  const task = questionFileTask(name, file.questions)
  const { sizes } = task
  if (sizes === undefined) throw new Error('a file has a fixed number of questions')
  const notes: string[] = []
  if (file.problems.length > 0)
    notes.push(
      ...problemTexts(file, reported).map((text) => `${name}, ${text}`),
      `${name}: ${summaryOf(file)}`,
    )
  if (sizes.validation < (wanted.validation ?? 0) || sizes.heldout < (wanted.heldout ?? 0))
    notes.push(`${name} has ${counted(file.questions.length, 'question')}: ${splitsText(sizes)}`)
  return { task, description: describeFile(file, sizes, reported), notes }
}

function tooShort({ questions, problems }: QuestionFile, name: string): ColloquyError {
  const [first] = problems
  return new ColloquyError({
    code: 'task',
    what: name,
    found: `${counted(questions.length, 'question')}${first === undefined ? '' : ` (of ${questions.length + problems.length}; ${first.reason})`}`,
    wanted: `${FEWEST} at least: one to learn from, one to check abilities and one for tests`,
    todo: 'Add questions',
  })
}
