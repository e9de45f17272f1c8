import type { Estimate } from './statistics'

/** Numbers as the document writes them. */

/** A share of 1 as a percentage. */
export function percent(value: number): string {
  return `${minus((100 * value).toFixed(1))} %`
}

/** A difference of shares in percentage points, with its sign. */
export function points(value: number): string {
  const text = (100 * value).toFixed(1)
  return Number(text) > 0 ? `+${text}` : minus(text)
}

/** `61.2 % [58.0, 64.4]`, or the mean alone where there is no interval, or a dash. */
export function withInterval(found: Estimate | null, format: (value: number) => string): string {
  if (found === null) return '–'
  if (found.interval === null) return format(found.mean)
  const bare = (value: number) => format(value).replace(' %', '')
  return `${format(found.mean)} [${bare(found.interval[0])}, ${bare(found.interval[1])}]`
}

/** Thousands and millions, three digits. */
export function amount(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(3))} k`
  return String(Math.round(value))
}

/** `45 s`, `12 min`, `3 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function minus(text: string): string {
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−')
}
