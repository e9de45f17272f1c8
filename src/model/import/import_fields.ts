/** Fields of a `config.json`, checked. */

import { malformedConfig } from './import_errors'

export type Fields = Readonly<Record<string, unknown>>

export function positiveInteger(fields: Fields, field: string, what: string, fallback?: number): number {
  const value = positiveNumber(fields, field, what, fallback)
  if (!Number.isInteger(value)) throw malformedConfig(`${what}, ${field}`, `${value}`, 'a whole number')
  return value
}

/** A field that is missing or null has the fallback. */
export function positiveNumber(fields: Fields, field: string, what: string, fallback?: number): number {
  const value = fields[field] ?? fallback
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw malformedConfig(`${what}, ${field}`, `${JSON.stringify(value) ?? 'nothing'}`, 'a number above 0')
  return value
}

/** An object, or null where there is none. */
export function objectField(fields: Fields, field: string): Fields | null {
  const value = fields[field]
  return typeof value === 'object' && value !== null ? (value as Fields) : null
}
