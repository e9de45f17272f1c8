/** How documents and commands write numbers. */
import type { Estimate } from './statistics'

/** Writes a share of 1 as a percentage: `61.4 %`. */
export function percent(share: number, digits = 1): string {
  return `${withMinus((100 * share).toFixed(digits))} %`
}

/** Writes a difference of shares in percentage points, with its sign. */
export function points(difference: number): string {
  return signed(100 * difference, 1)
}

export function signed(value: number, digits = 2): string {
  const text = value.toFixed(digits)
  return Number(text) > 0 ? `+${text}` : withMinus(text)
}

/** Writes a typographic minus sign, and none before a zero. */
export function withMinus(text: string): string {
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−')
}

/** Writes `61.2 % [58.0, 64.4]`: the mean alone without an interval, a dash without an estimate. */
export function withInterval(found: Estimate | null, format: (value: number) => string): string {
  if (found === null) return '–'
  if (found.interval === null) return format(found.mean)
  const bare = (value: number) => format(value).replace(' %', '')
  return `${format(found.mean)} [${bare(found.interval[0])}, ${bare(found.interval[1])}]`
}

/** Writes three significant digits and whole thousands: `0.0467`, `11,985`, `2.0e-6`. */
export function significant(value: number): string {
  const size = Math.abs(value)
  if (size >= 100 || value === 0) return Math.round(value).toLocaleString('en')
  if (size < 0.001) return value.toExponential(1)
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

/** Writes counts with three digits: `999`, `12.3 k`, `1.23 M`. */
export function countText(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(3))} k`
  return String(Math.round(value))
}

/** Writes `1.2 GB`, in powers of ten as the hub and file managers do. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let value = bytes
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || Math.abs(value) >= 99.5 ? 0 : Math.abs(value) >= 9.95 ? 1 : 2
  return `${value.toFixed(digits)} ${units[unit]}`
}

/** Writes `45 s`, `3 min 20 s` or `3 h 5 min`, rounded up; `?` for an unknown time. */
export function durationText(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '?'
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
