/** Numbers and lists as people read them. A value that is not there yet is an en dash of the same width class. */
import type { RunConfig } from '../config/config'
import { percent as shareText, withMinus, signed as withSign } from '../report/format'

const MISSING = '–'

/** An accuracy in [0, 1] as a percentage. */
export function percent(fraction: number | undefined, digits = 0): string {
  return fraction === undefined || !Number.isFinite(fraction) ? MISSING : shareText(fraction, digits)
}

/** Two accuracies as `0 → 82 %`; a line breaks behind the arrow only. */
export function fromTo(before: number, now: number): string {
  return `${percent(before).replace(' %', '')}\u00a0→ ${percent(now).replace(' ', '\u00a0')}`
}

export function fixed(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING
  return withMinus(value.toFixed(digits))
}

/** With its sign always shown, for advantages and differences. */
export function signed(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined || !Number.isFinite(value) ? MISSING : withSign(value, digits)
}

/** Four significant digits; whole numbers in full. */
export function compact(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (Number.isInteger(value)) return withMinus(value.toLocaleString('en'))
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 1e6) return withMinus(String(Number(value.toPrecision(4))))
  return withMinus(value.toExponential(2))
}

/** How many questions a test has; a question file may have fewer than the setting. */
export function testSize({ task, evalSize }: Pick<RunConfig, 'task' | 'evalSize'>): string {
  return task === 'question-file' ? `up to ${evalSize}` : String(evalSize)
}

/** Keeps a number and its percent sign in one line. */
export function unbroken(text: string): string {
  return text.replaceAll(' %', '\u00a0%')
}

/** Names as `ada, bo and cy`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Counts things: `1 step`, `3 steps`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
