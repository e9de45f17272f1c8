import { refuse } from './bytes'
import { isQuestionField } from './field_names'
import type { Row, Table } from './table'

const DELIMITERS = { ',': 'CSV', '\t': 'TSV', ';': 'CSV with semicolons' } as const
type Delimiter = keyof typeof DELIMITERS

/** A record of a delimited text, with the number of its first line. */
interface Cells {
  readonly at: number
  readonly cells: readonly string[]
}

/** MMLU's own CSV files have no header: a question, four choices and a letter. */
const MMLU_HEADER = ['question', 'A', 'B', 'C', 'D', 'answer']

/**
 * Reads CSV (RFC 4180) or TSV. The first record names the fields.
 * @throws ColloquyError `task` where the first record names no question
 */
export function delimitedTable(text: string, name: string): Table {
  const delimiter = delimiterOf(text)
  const [first, ...rest] = records(text, delimiter)
  if (first === undefined) refuse(name, 'an empty file', 'Choose a file of questions')
  const kind = DELIMITERS[delimiter]
  const headerless = isMmlu([first, ...rest])
  const header = headerless ? MMLU_HEADER : first.cells.map((cell) => cell.trim())
  if (!headerless && !header.some(isQuestionField)) {
    const fields = header.slice(0, 20).join(', ').slice(0, 300)
    refuse(
      name,
      header.length < 2 ? 'a text that is no table' : `a table (${kind}) with the fields found: ${fields}`,
      'Name the fields of questions and answers in the first line: question, answer',
    )
  }
  const body = headerless ? [first, ...rest] : rest
  return { kind, counts: 'line', rows: body.map((cells) => row(header, cells)) }
}

function row(header: readonly string[], { at, cells }: Cells): Row {
  // A comma in a text without quotes would move the fields: the question would be another one.
  if (cells.length > header.length && cells.slice(header.length).some((cell) => cell !== ''))
    return {
      at,
      content: `${cells.length} fields where the first line names ${header.length}; put texts in quotes`,
    }
  const entries = header.map((field, i) => [field, cells[i]] as const)
  return {
    at,
    content: Object.fromEntries(entries.filter(([field, cell]) => field !== '' && cell !== undefined)),
  }
}

function isMmlu(records: readonly Cells[]): boolean {
  return records.every(({ cells }) => cells.length === 6 && /^[A-D]$/.test(cells[5]))
}

/** Returns the delimiter with which the first line has the most fields. */
function delimiterOf(text: string): Delimiter {
  const end = text.search(/[\r\n]/)
  const line = end < 0 ? text : text.slice(0, end)
  const fields = (delimiter: Delimiter) => records(line, delimiter)[0]?.cells.length ?? 0
  const delimiters: readonly Delimiter[] = [',', '\t', ';']
  return delimiters.reduce((best, each) => (fields(each) > fields(best) ? each : best))
}

/** Returns the records that are not blank. A quoted field may hold delimiters, line breaks and doubled quotes. */
function records(text: string, delimiter: Delimiter): Cells[] {
  const found: Cells[] = []
  let [at, line, cells, cell] = [1, 1, [] as string[], '']
  const endCell = () => {
    cells.push(cell)
    cell = ''
  }
  const endRecord = () => {
    endCell()
    if (cells.some((each) => each.trim() !== '')) found.push({ at, cells })
    ;[cells, at] = [[], line]
  }
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]
    const quoted = letter === '"' && cell === '' ? quotedCell(text, i, delimiter) : null
    if (quoted !== null) {
      line += quoted.lines
      cell = quoted.content
      i = quoted.end
    } else if (letter === delimiter) endCell()
    else if (letter === '\n' || letter === '\r') {
      if (letter === '\r' && text[i + 1] === '\n') i++
      line++
      endRecord()
    } else {
      const end = nextOf(text, i, delimiter)
      cell += text.slice(i, end)
      i = end - 1
    }
  }
  if (cell !== '' || cells.length > 0) endRecord()
  return found
}

/** Maximum characters of a quoted field; bounds the search for its end. */
const MAX_QUOTED = 500_000

/**
 * Returns the content of the quoted field that starts at `start`, and the place of its last quote. Returns null
 * where no field ends there, so that the quote is a sign of the text: `"Hello" is a word,5`.
 */
function quotedCell(text: string, start: number, delimiter: Delimiter) {
  for (let from = start + 1; from < start + MAX_QUOTED; ) {
    const end = text.indexOf('"', from)
    if (end < 0) return null
    const next = text[end + 1]
    if (next === '"') from = end + 2
    else if (next !== undefined && next !== delimiter && next !== '\n' && next !== '\r') return null
    else {
      const raw = text.slice(start + 1, end)
      return { content: raw.replaceAll('""', '"'), end, lines: raw.match(/\r\n?|\n/g)?.length ?? 0 }
    }
  }
  return null
}

function nextOf(text: string, from: number, delimiter: Delimiter): number {
  let at = from + 1
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++
  return at
}
