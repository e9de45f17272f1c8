/** Errors and checks of run files, by field. */

import { wantedBy } from '../../config/config'
import { ColloquyError, clipped } from '../../errors'
import { z } from '../../schema'

/** Maximum characters of a value in a message. */
const MOST_SHOWN = 60
/** Maximum nesting; a run file nests about ten levels. */
const DEEPEST = 32

/** Makes the error for a damaged run file. `field` is the place within `part`; empty for the whole part. */
export function damaged(part: string, field: string, found: string, wanted: string): ColloquyError {
  return new ColloquyError({
    code: 'storage',
    what: `run file, ${part}${field === '' ? '' : `: ${clipped(field, MOST_SHOWN)}`}`,
    found,
    wanted,
    todo: 'Export the run again where it comes from',
  })
}

/** Describes a JSON value in a few characters. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  switch (typeof value) {
    case 'undefined':
      return 'nothing'
    case 'object':
      return value === null ? 'null' : 'an object'
    case 'string':
      return JSON.stringify(clipped(value, MOST_SHOWN))
    default:
      return String(value)
  }
}

/**
 * Checks a value against a schema.
 * @throws ColloquyError `storage` naming the first invalid field
 */
export function checkedBy<T>(schema: z.ZodType<T>, value: unknown, part: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const unknown = issue.code === 'unrecognized_keys'
  const path = issue.path.concat(unknown ? issue.keys.slice(0, 1) : [])
  const found = path.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
  const field = path.map(String).join('.')
  throw damaged(part, field, shown(found), unknown ? 'no such field' : wantedBy(issue))
}

/**
 * Parses a JSON text.
 * @throws ColloquyError `storage` where it is no JSON, or nested so deeply that parsing could exhaust the
 * stack
 */
export function parsedJson(text: string, part: string): unknown {
  if (nesting(text) > DEEPEST)
    throw damaged(part, '', 'a value nested too deeply', `${DEEPEST} levels at most`)
  try {
    return JSON.parse(text)
  } catch {
    throw damaged(part, '', shown(text), 'JSON')
  }
}

/**
 * Decodes UTF-8.
 * @throws ColloquyError `storage` where the bytes are not UTF-8
 */
export function utf8(bytes: Uint8Array, part: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw damaged(part, '', 'bytes that are not text', 'UTF-8')
  }
}

function nesting(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false]
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i)
    if (quoted) {
      if (letter === 0x5c) i++
      else if (letter === 0x22) quoted = false
    } else if (letter === 0x22) quoted = true
    else if (letter === 0x5b || letter === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (letter === 0x5d || letter === 0x7d) depth--
  }
  return deepest
}

/**
 * Checks that each record has a value for every peer of the run, or every adapter, and for no other. Skips
 * missing records.
 * @param ids names of the peers, or `adapterIds`
 * @param records records by field; undefined or null for a missing one
 * @throws ColloquyError `storage` naming the first invalid one
 */
export function checkPeers(
  ids: readonly string[],
  records: Readonly<Record<string, object | null | undefined>>,
  part: string,
): void {
  for (const [field, record] of Object.entries(records)) {
    if (record === undefined || record === null) continue
    const missing = ids.find((id) => !Object.hasOwn(record, id))
    if (missing !== undefined)
      throw damaged(part, `${field}.${missing}`, 'nothing', 'a value for each peer of the run')
    const surplus = Object.keys(record).find((name) => !ids.includes(name))
    if (surplus !== undefined)
      throw damaged(part, `${field}.${surplus}`, 'a value', 'values of the run’s peers only')
  }
}

export const count = z.int().min(0)
export const share = z.number().min(0).max(1)
/** Name of a digest chain, see `DIGEST_START`. */
export const chainName = z.string().min(1).max(40)
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')

/** Schema of a record by peer; `checkPeers` checks that it has every peer. */
export function perPeer<T extends z.ZodType>(value: T) {
  return z.record(z.string(), value)
}
