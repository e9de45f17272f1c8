import { ColloquyError } from '../errors'
import { deriveKey, type Key } from '../random'
import { canonicalAnswer, MAX_ANSWER, writtenAnswer } from './answers'
import { parseRational } from './rational'
import type { Question } from './task'
import { solutionSteps } from './worked_steps'

/** A line that cannot be used. */
export interface LineProblem {
  /** Line number, from 1. */
  readonly line: number
  readonly reason: string
}

export interface QuestionFile {
  /** Questions in file order, with different ids. */
  readonly questions: readonly Question[]
  readonly problems: readonly LineProblem[]
  /** Counts of used and unusable lines; blank lines count as neither. */
  readonly used: number
  readonly skipped: number
}

/** Maximum characters of a line. A longer question fits no small model, so it is not even parsed. */
const MAX_LINE = 100_000
const ID_KEY: Key = [0x71756573, 0x66696c65]

/** The reason why a line cannot be used; thrown only within this file. */
class Unusable extends Error {}

/**
 * Reads questions from a JSONL text, one `{"question": …, "answer": …}` per line; other fields are ignored.
 * An answer is bare (`42`, `\frac{3}{4}`, or a JSON number), or a worked solution that ends in `#### 42` like
 * GSM8K's or has `\boxed{42}`. Lines that cannot be used are reported with their reason, and the rest is
 * used.
 *
 * @param name name of the text in messages, e.g. its file name
 * @throws ColloquyError `task` where no line can be used
 */
export function parseJsonl(text: string, name: string): QuestionFile {
  const questions: Question[] = []
  const problems: LineProblem[] = []
  const seen = new Map<string, { line: number; question: Question }>()
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    if (content.trim() === '') continue
    const line = index + 1
    try {
      const question = readLine(content)
      const before = seen.get(question.id)
      if (before !== undefined) throw new Unusable(repetition(before, question))
      seen.set(question.id, { line, question })
      questions.push(question)
    } catch (error) {
      if (!(error instanceof Unusable)) throw error
      problems.push({ line, reason: error.message })
    }
  }
  if (questions.length === 0) throw nothingUsable(name, problems)
  return { questions, problems, used: questions.length, skipped: problems.length }
}

function readLine(content: string): Question {
  if (content.length > MAX_LINE) throw new Unusable(`longer than ${MAX_LINE} characters`)
  const fields = parseObject(content)
  const text = textOf(fields, 'question')
  const solution = textOf(fields, 'answer')
  const steps = solutionSteps(solution)
  const answer = answerOf(solution)
  return { id: idOf(text), text, answer, skill: 'question', level: Math.max(1, steps.length), steps }
}

function parseObject(content: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    throw new Unusable('not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unusable('not a JSON object')
  return { ...value }
}

function textOf(fields: Readonly<Record<string, unknown>>, name: 'question' | 'answer'): string {
  if (!Object.hasOwn(fields, name)) throw new Unusable(`no field "${name}"`)
  const value = fields[name]
  if (typeof value === 'number') return numberText(value, name)
  if (typeof value !== 'string') throw new Unusable(`"${name}" is ${kindOf(value)}, not a text or number`)
  if (value.trim() === '') throw new Unusable(`"${name}" is empty`)
  return value.trim()
}

/**
 * Returns a number as the file states it. A number that JavaScript rounds or writes with an exponent would be
 * another answer.
 */
function numberText(value: number, name: string): string {
  const text = String(value)
  const exact = Number.isInteger(value) ? Number.isSafeInteger(value) : parseRational(text) !== null
  if (!exact) throw new Unusable(`"${name}" is a number that is not exact; write it in quotes`)
  return text
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : typeof value
}

function answerOf(solution: string): string {
  const worked = /####|\\boxed/.test(solution)
  if (!worked && /[\r\n]/.test(solution))
    throw new Unusable('"answer" has several lines, and neither #### nor \\boxed{}')
  if (!worked && solution.length > MAX_ANSWER)
    throw new Unusable(`"answer" is longer than ${MAX_ANSWER} characters, and has neither #### nor \\boxed{}`)
  const answer = worked ? writtenAnswer(solution) : solution
  if (answer === null)
    throw new Unusable(
      `"answer" has no answer of at most ${MAX_ANSWER} characters after #### or in \\boxed{}`,
    )
  if (canonicalAnswer(answer) === '') throw new Unusable('no answer can be read in "answer"')
  return answer
}

/** Derives the id from the words alone: whatever its spacing, a question keeps its id and its split. */
function idOf(text: string): string {
  const letters = Array.from(text.replace(/\s+/g, ' '), (letter) => letter.codePointAt(0) ?? 0)
  return deriveKey(ID_KEY, ...letters)
    .map((bits) => bits.toString(16).padStart(8, '0'))
    .join('')
}

function repetition(before: { line: number; question: Question }, question: Question): string {
  const same = canonicalAnswer(before.question.answer) === canonicalAnswer(question.answer)
  return `the same question as line ${before.line}${same ? '' : ', with another answer'}`
}

function nothingUsable(name: string, problems: readonly LineProblem[]): ColloquyError {
  const first = problems.at(0)
  return new ColloquyError({
    code: 'task',
    what: name,
    found:
      first === undefined
        ? 'no lines'
        : `${problems.length} lines, none usable (line ${first.line}: ${first.reason})`,
    wanted: 'at least one line {"question": …, "answer": …}',
    todo: 'Choose a file with one JSON object per line',
  })
}
