import { refuse } from './bytes'
import { type Fields, isFields, type Row, type Table } from './table'

const NOT_AN_OBJECT = 'not a JSON object'

/**
 * Reads JSON Lines, a JSON array of objects, one object, or an answer of the hub's datasets-server.
 * @throws ColloquyError `task` for an error message of the datasets-server
 */
export function jsonTable(text: string, name: string): Table {
  const start = text.trimStart()[0]
  const [first, ...others] = lines(text)
  // Several objects, one in a line, are the common case. Only other texts are parsed as a whole.
  const whole =
    start === '[' || (start === '{' && (others.length === 0 || !isFields(parsed(first?.content ?? ''))))
      ? parsed(text)
      : undefined
  if (Array.isArray(whole) && (whole.length === 0 || whole.some(isFields)))
    return { kind: 'a JSON array', counts: 'row', rows: whole.map((value, i) => row(i + 1, value)) }
  if (isFields(whole)) return datasetsServer(whole, name) ?? oneObject(whole)
  const rows = [first, ...others].filter((line) => line !== undefined)
  return {
    kind: 'JSON Lines',
    counts: 'line',
    rows: rows.map(({ at, content }) => row(at, parsed(content))),
  }
}

/** Returns the lines that are not blank, with their numbers. */
function lines(text: string): { at: number; content: string }[] {
  return text
    .split(/\r\n?|\n/)
    .map((content, i) => ({ at: i + 1, content }))
    .filter(({ content }) => content.trim() !== '')
}

function row(at: number, value: unknown): Row {
  if (value === undefined) return { at, content: 'not JSON' }
  return { at, content: isFields(value) ? value : NOT_AN_OBJECT }
}

/** Python writes these for numbers that JSON does not have. In a field that nobody reads they do no harm. */
const NOT_FINITE = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g

/** Returns undefined for a text that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    if (!/NaN|Infinity/.test(text)) return undefined
  }
  try {
    return JSON.parse(text.replace(NOT_FINITE, (match) => (match[0] === '"' ? match : 'null')))
  } catch {
    return undefined
  }
}

const oneObject = (value: Fields): Table => ({
  kind: 'one JSON object',
  counts: 'row',
  rows: [{ at: 1, content: value }],
})

/**
 * Reads an answer of `/rows` or `/first-rows`. A cell that the server has cut is left out of its row.
 * @throws ColloquyError `task` for an error message
 */
function datasetsServer({ rows, error }: Fields, name: string): Table | null {
  if (typeof error === 'string' && rows === undefined)
    refuse(name, `an error message (${error.slice(0, 200)})`, 'Check the address')
  if (!Array.isArray(rows) || !rows.every(isFields) || !rows.every((each) => isFields(each.row))) return null
  return {
    kind: 'JSON of the datasets-server',
    counts: 'row',
    rows: rows.map(({ row, truncated_cells: cut }, i) => {
      const whole = Object.entries(isFields(row) ? row : {}).filter(
        ([field]) => !(Array.isArray(cut) && cut.includes(field)),
      )
      return { at: i + 1, content: Object.fromEntries(whole) }
    }),
  }
}
