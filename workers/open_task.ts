import type { RunConfig } from '../src/config/config'
import { ColloquyError } from '../src/errors'
import type { OpenTask } from '../src/ilr/run'
import type { CodeJudge } from '../src/tasks/code/code_judge'
import type { OpenedFile } from '../src/tasks/file/open_question_file'
import { halves, wordProblems } from '../src/tasks/word_problems'
import { fetchFile, isAddress } from './browser/fetch_file'

/** Services that a task may use in the worker that runs it. */
export interface TaskEnvironment {
  /** Reads a file that a run configuration names. @throws ColloquyError where it cannot be read */
  readFile(file: string): Promise<Uint8Array>
  /** Opens a judge of code in its own worker, which starts with the first program. */
  openJudge(): CodeJudge
}

/**
 * Opens the task of a run.
 * @throws ColloquyError `config` where no question file is named, `task` where it holds no usable question
 */
export async function openTask(config: RunConfig, environment: TaskEnvironment): Promise<OpenTask> {
  const embedded = (task: OpenTask['task']) => ({ task, notes: [], close: () => undefined })
  switch (config.task) {
    case 'word-problems':
      return embedded(wordProblems)
    case 'halves':
      return embedded(halves)
    case 'code': {
      const { codeTask } = await import('../src/tasks/code/code')
      const judge = environment.openJudge()
      return { task: codeTask(judge), notes: [], close: () => judge.close() }
    }
    case 'question-file': {
      const { task, notes } = await openQuestions(config, environment)
      return { task, notes, close: () => undefined }
    }
  }
}

/**
 * Reads the question file of a run.
 * @throws ColloquyError `config` where none is named, `task` where it cannot be read
 */
export async function openQuestions(
  { questionFile: file, abilityQuestions, evalSize }: RunConfig,
  { readFile }: Pick<TaskEnvironment, 'readFile'>,
): Promise<OpenedFile> {
  if (file === null)
    throw new ColloquyError({
      code: 'config',
      what: 'questionFile',
      found: 'no file',
      wanted: 'a file or URL of questions and answers for task question-file',
      todo: 'Name a file',
    })
  const { openQuestionFile } = await import('../src/tasks/file/open_question_file')
  const bytes = await (isAddress(file) ? fetchFile(file) : readBeside(file, readFile))
  return openQuestionFile(bytes, file, { wanted: { validation: abilityQuestions, heldout: evalSize } })
}

async function readBeside(file: string, readFile: TaskEnvironment['readFile']) {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'task',
        what: file,
        found: cause instanceof ColloquyError ? cause.detail.found : String(cause),
        wanted: 'a file of questions and answers',
        todo: 'Check its name: it must lie beside the page, or in the project’s folder',
      },
      { cause },
    )
  }
}
