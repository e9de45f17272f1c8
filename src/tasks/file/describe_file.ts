import type { Question, Split } from '../task'
import type { QuestionFile } from './read_questions'

export type SplitSizes = Readonly<Record<Split, number>>

/** What was understood of a question file, in sentences. The command and the page show the same. */
export interface FileDescription {
  /** Format and counts, such as `CSV: 19 questions from 20 lines`. */
  readonly summary: string
  /** The fields that became questions; one line for each way in which rows have them. */
  readonly fields: readonly string[]
  /** The first rows that cannot be used, with their reasons. */
  readonly problems: readonly string[]
  /** Sizes of the splits. */
  readonly splits: string
  readonly examples: readonly Pick<Question, 'text' | 'answer'>[]
}

const EXAMPLES = 3

/** @param problems maximum rows that are named one by one; the rest is counted */
export function describeFile(file: QuestionFile, sizes: SplitSizes, problems: number): FileDescription {
  return {
    summary: summaryOf(file),
    fields: file.fields.map(fieldsText),
    problems: problemTexts(file, problems),
    splits: splitsText(sizes),
    examples: file.questions.slice(0, EXAMPLES),
  }
}

export function summaryOf({ kind, counts, questions, problems, unread }: QuestionFile): string {
  const read = questions.length + problems.length
  const rest = unread === 0 ? '' : `; ${unread} more are not read, because the file is too long`
  return `${kind}: ${counted(questions.length, 'question')} from ${counted(read, counts)}${rest}`
}

function fieldsText({ question, answer, level, skill, rows }: QuestionFile['fields'][number]): string {
  const others = [level && `level from ${level}`, skill && `skill from ${skill}`].filter(Boolean)
  return `Question from ${question}, ${[`answer from ${answer}`, ...others].join(', ')} (${counted(rows, 'question')})`
}

/** Names the first rows that cannot be used, and counts the others by their reasons. */
export function problemTexts({ counts, problems }: QuestionFile, most: number): string[] {
  const named = problems.slice(0, most).map(({ at, reason }) => `${counts} ${at}: ${reason}`)
  const rest = problems.length - named.length
  return rest === 0 ? named : [...named, `${counted(rest, `more ${counts}`)} cannot be used`]
}

export function splitsText({ train, validation, heldout }: SplitSizes): string {
  return `${train} to learn from, ${validation} to check abilities, ${heldout} for tests`
}

export const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
