import { canonicalAnswer } from '../answers'
import type { Question } from '../task'
import { decoded, refuse, refuseBinary, refuseOtherText, startsWith, unpacked } from './bytes'
import { wholeOf } from './choices'
import { delimitedTable } from './delimited_rows'
import { fieldsFor } from './field_names'
import { jsonTable } from './json_rows'
import { readRow, type UsedFields } from './read_row'
import { MAX_ROWS, type Table } from './table'
import { Unusable } from './values'

/** A row that cannot be used. */
export interface RowProblem {
  /** Number of its line or row (see `QuestionFile.counts`), from 1. */
  readonly at: number
  readonly reason: string
}

export interface QuestionFile {
  /** Name of the format for people, such as `CSV`. */
  readonly kind: string
  /** Whether problems name lines of a text, or rows. */
  readonly counts: 'line' | 'row'
  /** Questions in file order, with different ids. */
  readonly questions: readonly Question[]
  readonly problems: readonly RowProblem[]
  /** The fields that became questions, with the number of rows that have them, the most frequent first. */
  readonly fields: readonly (UsedFields & { readonly rows: number })[]
  /** Rows beyond `MAX_ROWS`, which are not read. */
  readonly unread: number
}

/**
 * Reads the questions of a file: JSON Lines, JSON, CSV, TSV or Parquet, also packed by gzip. Each row has a
 * question and an answer, under one of the names that published sets give them (`field_names.ts`). Rows that
 * cannot be used are reported with their reason, and the rest is used.
 *
 * @param name name of the file in messages. Its ending decides only between JSON and tables.
 * @throws ColloquyError `task` for a file of another kind, and where no row can be used
 */
export async function readQuestions(bytes: Uint8Array, name: string): Promise<QuestionFile> {
  const file = await unpacked(bytes, name)
  const table = await tableOf(file.bytes, name)
  const kind = file.packed ? `${table.kind}, packed by gzip` : table.kind
  return questionsOf({ ...table, kind }, name)
}

async function tableOf(bytes: Uint8Array, name: string): Promise<Table> {
  if (startsWith(bytes, 'PAR1')) return (await import('./parquet_rows')).parquetTable(bytes, name)
  refuseBinary(bytes, name)
  const ending = /\.(jsonl?|ndjson|csv|tsv|tab)(?:\.gz)?(?:[?#].*)?$/i.exec(name)?.[1].toLowerCase()
  const isTable = /^(?:csv|tsv|tab)$/.test(ending ?? '')
  const text = decoded(bytes, isTable)
  refuseOtherText(text, name)
  const isJson = ending === undefined ? /^\s*[[{]/.test(text) : !isTable
  return isJson ? jsonTable(text, name) : delimitedTable(text, name)
}

/** @throws ColloquyError `task` where no row can be used */
export function questionsOf(table: Table, name: string): QuestionFile {
  const { kind, counts } = table
  const rows = table.rows.slice(0, MAX_ROWS)
  const base = firstIndex(table)
  const questions: Question[] = []
  const problems: RowProblem[] = []
  const seen = new Map<string, { at: number; question: Question }>()
  const fields = new Map<string, UsedFields & { rows: number }>()
  for (const { at, content } of rows) {
    try {
      if (typeof content === 'string') throw new Unusable(content)
      const { question, used } = readRow(content, base)
      const before = seen.get(question.id)
      if (before !== undefined) throw new Unusable(repetition(counts, before, question))
      seen.set(question.id, { at, question })
      questions.push(question)
      const key = JSON.stringify(used)
      fields.set(key, { ...used, rows: (fields.get(key)?.rows ?? 0) + 1 })
    } catch (error) {
      if (!(error instanceof Unusable)) throw error
      problems.push({ at, reason: error.message })
    }
  }
  if (questions.length === 0) nothingUsable(table, name, problems)
  const frequent = [...fields.values()].sort((a, b) => b.rows - a.rows)
  return { kind, counts, questions, problems, fields: frequent, unread: table.rows.length - rows.length }
}

/**
 * Returns the index of a row's first choice: 1 in a file where some index would be beyond the last choice and
 * none is 0, else 0.
 */
function firstIndex({ rows }: Table): number {
  let beyond = false
  for (const { content } of rows) {
    if (typeof content === 'string') continue
    const [choices] = fieldsFor('choices', content)
    const index = wholeOf(fieldsFor('answer', content)[0]?.value)
    if (choices === undefined || !Array.isArray(choices.value) || index === null) continue
    if (index === 0) return 0
    if (index === choices.value.length) beyond = true
  }
  return beyond ? 1 : 0
}

function repetition(counts: string, before: { at: number; question: Question }, question: Question): string {
  const same = canonicalAnswer(before.question.answer) === canonicalAnswer(question.answer)
  return `the same question as ${counts} ${before.at}${same ? '' : ', with another answer'}`
}

function nothingUsable({ kind, counts, rows }: Table, name: string, problems: readonly RowProblem[]): never {
  const first = problems.at(0)
  refuse(
    name,
    first === undefined
      ? `an empty file (${kind})`
      : `${rows.length} ${counts}${rows.length === 1 ? '' : 's'} (${kind}), none usable (${counts} ${first.at}: ${first.reason})`,
    'Each row needs a question (question, problem, prompt) and an answer (answer, solution, ground_truth, final_answer)',
  )
}
