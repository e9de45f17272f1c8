/** Results as the command prints them. */
import { type Bar, type Comparison, comparisons, type Figure } from './figures'
import { type Fit, growsAsTheMethod } from './fit'
import type { BenchEntry } from './results'

const KIBIBYTE = 2 ** 10
const MEBIBYTE = 2 ** 20

/** A value of a figure with its unit: `11,985 tokens/s`, `2.51 s`, `1.9 MiB`. */
export function valueText(value: number, unit: string): string {
  if (unit === 'bytes')
    return Math.abs(value) < MEBIBYTE / 10
      ? `${amount(value / KIBIBYTE)} KiB`
      : `${amount(value / MEBIBYTE)} MiB`
  return unit === '' ? amount(value) : `${amount(value)} ${unit}`
}

/** Three digits that count, and no more than are there. */
export function amount(value: number): string {
  const size = Math.abs(value)
  if (size >= 100 || value === 0) return Math.round(value).toLocaleString('en')
  if (size < 0.001) return value.toExponential(1)
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

/** What the first side is, next to the other: `4.4 × as good`, or `0.63 of it` where a bar is about the value. */
export function ratioText({ ratio, bar }: Comparison): string {
  if (ratio === null) return ''
  return bar?.kind === 'within' || bar?.kind === 'near' ? `${amount(ratio)} of it` : `${amount(ratio)} ×`
}

export function wantedText(bar: Bar | null, figure: Figure): string {
  switch (bar?.kind) {
    case undefined:
      return ''
    case 'better':
      return `≥ ${amount(bar.times)} ×`
    case 'within':
      return `≤ ${amount(bar.times)} of it`
    case 'near':
      return `${amount(1 - bar.share)} to ${amount(1 + bar.share)} of it`
    case 'at-most':
      return `≤ ${valueText(bar.value, figure.unit)}`
  }
}

/** The table of an entry: what is measured, its value, next to what, how many times that, what was wanted. */
export const COLUMNS = ['', 'median', 'next to', 'median', 'ratio', 'wanted', ''] as const

export function rowsOf({ figures }: Pick<BenchEntry, 'figures'>): string[][] {
  return figures.flatMap((figure) =>
    comparisons(figure).map((line, i) => [
      i === 0 ? figure.name : '',
      i === 0 ? valueText(line.value, figure.unit) : '',
      line.against?.name ?? '',
      line.against === null ? '' : valueText(line.against.value, figure.unit),
      ratioText(line),
      wantedText(line.bar, figure),
      line.verdict ?? '',
    ]),
  )
}

export const FIT_COLUMNS = ['cost of', 'against', 'values', 'exponent', 'method’s own', ''] as const

export function fitRows(fits: readonly Fit[]): string[][] {
  return fits.map((fit) => [
    fit.cost,
    fit.against,
    fit.points.map(({ x }) => x).join(', '),
    `${fit.exponent.toFixed(2)} ± ${fit.standardError.toFixed(2)}`,
    `${fit.own} (${fit.why})`,
    growsAsTheMethod(fit) ? 'no worse' : 'worse',
  ])
}

/** Where and with what an entry was taken. */
export function placeText({ place, machine, adapter, versions, threads, quick }: BenchEntry): string {
  const gpu =
    adapter === null
      ? []
      : [
          `${[adapter.vendor, adapter.architecture, adapter.description].filter((text) => text !== '').join(' ')}${adapter.software ? ': a processor plays the GPU, so shapes are smaller and the figures tell nothing of a GPU' : ''}`,
        ]
  return [
    `${place}, ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB`,
    ...gpu,
    `wasm threads: ${threads}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    ...(quick ? ['quick: few rounds, to see that it works'] : []),
  ].join('; ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)))
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => (i === 1 || i === 3 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function entryText(entry: BenchEntry): string {
  const notes = entry.figures.flatMap(({ name, note }) => (note ? [`${name}: ${note}`] : []))
  return [
    `${entry.suite} on ${placeText(entry)}`,
    ...entry.setting,
    ...(entry.figures.length > 0 ? [table(COLUMNS, rowsOf(entry))] : []),
    ...(entry.fits.length > 0 ? [table(FIT_COLUMNS, fitRows(entry.fits))] : []),
    ...notes,
  ].join('\n')
}
