export type Cells = Readonly<Record<string, string | number>>

/** Rows as CSV (RFC 4180) under one head, a column for each name in the order of first mention; a cell is empty where a row lacks it. */
export function csvTable(rows: readonly Cells[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const text = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))]
  return text.map((cells) => `${cells.map(written).join(',')}\n`).join('')
}

function written(cell: string | number): string {
  // Spreadsheets run a text that begins like a formula, and names may come from a file somebody sent.
  const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
