export type Cells = Readonly<Record<string, string | number>>

/**
 * Writes rows as CSV (RFC 4180) with a header row. Columns follow the order of first mention; a cell is empty
 * where a row lacks it.
 */
export function csvTable(rows: readonly Cells[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const text = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))]
  return text.map((cells) => `${cells.map(written).join(',')}\n`).join('')
}

function written(cell: string | number): string {
  // Spreadsheets execute a text that begins like a formula, and names may come from someone else's file.
  const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
