/** Breaks a text into lines of at most `width` characters, at its spaces. */
export function folded(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1]
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

/** Sections of a Markdown document, with blank lines between them; prose wraps at 100 columns. */
export function markdownDocument(sections: readonly string[]): string {
  const wrapped = (line: string) =>
    line.length <= 100 || /^[|#!]/.test(line)
      ? line
      : folded(line, 100).join(line.startsWith('- ') ? '\n  ' : '\n')
  return `${sections.map((section) => section.split('\n').map(wrapped).join('\n')).join('\n\n')}\n`
}

type Rows = readonly (readonly string[])[]

/** @param right columns whose cells align at the right */
export function markdownTable(head: readonly string[], rows: Rows, right: readonly number[] = []): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = head.map((_, column) => (right.includes(column) ? '---:' : '---'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** A table for terminals, padded with spaces. */
export function plainTable(head: readonly string[], rows: Rows, right: readonly number[] = []): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column].length)))
  const padded = (cell: string, column: number) =>
    right.includes(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
  return lines.map((cells) => cells.map(padded).join('  ').trimEnd()).join('\n')
}
