/** Results as the command prints them. */
import { bytesText, significant } from '../report/format'
import { plainTable } from '../report/text'
import { type Bar, type Comparison, comparisons, type Figure } from './figures'
import { type Fit, growsAsTheMethod } from './fit'
import type { AdapterInfo, BenchEntry } from './results'

/** A value with the unit of its figure: `11,985 tokens/s`, `2.51 s`, `1.9 MB`. */
export function valueText(value: number, unit: string): string {
  if (unit === 'bytes') return bytesText(value)
  return unit === '' ? significant(value) : `${significant(value)} ${unit}`
}

/** The first side next to the other one: `4.4 ×` as good, or `0.63 of it` where a bar limits the value. */
export function ratioText({ ratio, bar }: Comparison): string {
  if (ratio === null) return ''
  return `${significant(ratio)} ${bar?.kind === 'within' ? 'of it' : '×'}`
}

export function wantedText(bar: Bar | null, figure: Figure): string {
  switch (bar?.kind) {
    case undefined:
      return ''
    case 'better':
      return `≥ ${significant(bar.times)} ×`
    case 'within':
      return `≤ ${significant(bar.times)} of it`
    case 'at-most':
      return `≤ ${valueText(bar.value, figure.unit)}`
  }
}

/** Columns of an entry's table, and those of them that align at the right. */
export const COLUMNS = ['', 'median', 'next to', 'median', 'ratio', 'wanted', ''] as const
export const RIGHT_COLUMNS = [1, 3, 4] as const

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

export function exponentText({ exponent, standardError }: Fit): string {
  return `${exponent.toFixed(2)} ± ${standardError.toFixed(2)}`
}

export function fitRows(fits: readonly Fit[]): string[][] {
  return fits.map((fit) => [
    fit.cost,
    fit.against,
    fit.points.map(({ x }) => x).join(', '),
    exponentText(fit),
    `${fit.own} (${fit.why})`,
    growsAsTheMethod(fit) ? 'no worse' : 'worse',
  ])
}

function adapterText({ vendor, architecture, description, software }: AdapterInfo): string {
  const name = [vendor, architecture, description].filter((text) => text !== '').join(' ')
  return software ? `${name} (a software GPU: shapes are smaller, and times say nothing about a GPU)` : name
}

/** Where and with what an entry was measured. */
export function placeText({ place, machine, adapter, versions, threads, quick }: BenchEntry): string {
  return [
    `${place}, ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB`,
    ...(adapter === null ? [] : [adapterText(adapter)]),
    `wasm threads: ${threads}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    ...(quick ? ['quick: few rounds, a trial only'] : []),
  ].join('; ')
}

export function notesOf(figures: readonly Figure[]): string[] {
  return figures.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]))
}

export function entryText(entry: BenchEntry): string {
  const { suite, setting, figures, fits } = entry
  return [
    `${suite} on ${placeText(entry)}`,
    ...setting,
    ...(figures.length > 0 ? [plainTable(COLUMNS, rowsOf(entry), RIGHT_COLUMNS)] : []),
    ...(fits.length > 0 ? [plainTable(FIT_COLUMNS, fitRows(fits), [3])] : []),
    ...notesOf(figures),
  ].join('\n')
}
