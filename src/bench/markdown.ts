/**
 * A table in Markdown whose columns also line up as they stand.
 * @param toTheRight whether a column's cells stand at its right
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  toTheRight: (column: number) => boolean,
): string {
  const [names, ...lines] = [head, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = names.map((name, c) => Math.max(3, name.length, ...lines.map((cells) => cells[c].length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, c) => (toTheRight(c) ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join(' | ')} |`
  const rule = widths.map((width, c) => (toTheRight(c) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [line(names), line(rule), ...lines.map(line)].join('\n')
}
