import type { RunConfig } from '../src/config/config'
import { ColloquyError } from '../src/errors'
import type { OpenTask } from '../src/ilr/run'
import type { CodeJudge } from '../src/tasks/code/code_judge'
import { halves, wordProblems } from '../src/tasks/word_problems'
import { fetchText, isAddress } from './browser/fetch_text'

/** Services that a task may use in the worker that runs it. */
export interface TaskEnvironment {
  /** Reads a text file that a run configuration names. @throws ColloquyError where it cannot be read */
  readText(file: string): Promise<string>
  /** Opens a judge of code in its own worker, which starts with the first program. */
  openJudge(): CodeJudge
}

/** Lines of a question file that are reported one by one; the rest is counted. */
const LINES_REPORTED = 5

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
    case 'question-file':
      return questionFile(config.questionFile, environment)
  }
}

async function questionFile(file: string | null, { readText }: TaskEnvironment): Promise<OpenTask> {
  if (file === null)
    throw new ColloquyError({
      code: 'config',
      what: 'questionFile',
      found: 'no file',
      wanted: 'a file or URL of {question, answer} lines for task question-file',
      todo: 'Name a file',
    })
  const { parseJsonl } = await import('../src/tasks/jsonl')
  const { questionFileTask } = await import('../src/tasks/question_file')
  const { questions, problems, used, skipped } = parseJsonl(await textOf(file, readText), file)
  const reported = problems
    .slice(0, LINES_REPORTED)
    .map(({ line, reason }) => `${file}, line ${line}: ${reason}`)
  const notes =
    skipped === 0 ? [] : [...reported, `${file}: ${used} questions used, ${skipped} lines left out`]
  return { task: questionFileTask(file, questions), notes, close: () => undefined }
}

async function textOf(file: string, readText: TaskEnvironment['readText']): Promise<string> {
  if (isAddress(file)) return fetchText(file)
  try {
    return await readText(file)
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'task',
        what: file,
        found: cause instanceof ColloquyError ? cause.detail.found : String(cause),
        wanted: 'a file of {question, answer} lines',
        todo: 'Check its name: it must lie beside the page, or in the project’s folder',
      },
      { cause },
    )
  }
}
