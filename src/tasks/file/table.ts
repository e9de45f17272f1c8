/** A question file as rows of fields, whatever its format. */

export type Fields = Readonly<Record<string, unknown>>

/** One row: its fields, or the reason why it has none. */
export interface Row {
  /** Number of its line, or of the row where the format has no lines; from 1. */
  readonly at: number
  readonly content: Fields | string
}

export interface Table {
  /** Name of the format for people, such as `CSV`. */
  readonly kind: string
  /** Whether `at` counts lines of a text, or rows. */
  readonly counts: 'line' | 'row'
  readonly rows: readonly Row[]
}

/** Maximum rows read of a file; the rest would not fit a run in a browser. */
export const MAX_ROWS = 200_000

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
