/**
 * Packs values into short texts for addresses: a digit for the format, then base64url of a checksum and the
 * value's deflated JSON. Uses fflate instead of the browser's own compression, because it is synchronous and
 * gives the same text everywhere.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { deflateSync, inflateSync } from 'fflate'
import { ColloquyError } from '../errors'
import { textBytes } from '../ilr/digest_chain'

const FORMAT = '1'
/** Maximum characters of a packed text. */
export const MOST_PACKED_CHARACTERS = 2000
/** Maximum bytes of JSON. A hostile text of the maximum length could unpack to a thousand times as much. */
export const MOST_JSON_BYTES = 16_384
/** Maximum nesting of lists and objects. */
const MOST_LEVELS = 6
/** Bytes of the checksum. It detects a cut or mistyped text, but proves nothing. */
const CHECK_BYTES = 3

/**
 * Packs a value.
 * @throws RangeError for a value that would be too large to unpack
 */
export function pack(value: unknown): string {
  const json = textBytes(JSON.stringify(value))
  if (json.length > MOST_JSON_BYTES) throw new RangeError(`${json.length} bytes of JSON to be packed`)
  const deflated = deflateSync(json, { level: 9 })
  const bytes = new Uint8Array(CHECK_BYTES + deflated.length)
  bytes.set(sha256(json).subarray(0, CHECK_BYTES))
  bytes.set(deflated, CHECK_BYTES)
  return FORMAT + toBase64url(bytes)
}

/**
 * Unpacks a text.
 * @param what name of the text in errors
 * @throws ColloquyError `config` for a text that `pack` did not make
 */
export function unpack(text: string, what: string): unknown {
  const wrong = (found: string, wanted: string, todo = 'Ask for the link again, and copy all of it') =>
    new ColloquyError({ code: 'config', what, found, wanted, todo })
  if (text === '') throw wrong('nothing', 'a packed run')
  if (text.length > MOST_PACKED_CHARACTERS)
    throw wrong(`${text.length} characters`, `at most ${MOST_PACKED_CHARACTERS} characters`)
  if (text[0] !== FORMAT)
    throw wrong(
      `format ${JSON.stringify(text[0])}`,
      `format ${FORMAT}`,
      'It may be from a newer Colloquy. Reload the page, or update yours',
    )
  const bytes = fromBase64url(text.slice(1))
  if (bytes === null) throw wrong('characters that no link has, or one too few', 'a complete link')
  const json = inflated(bytes.subarray(CHECK_BYTES))
  if (json === null) throw wrong('a damaged link', 'a complete link')
  if (json.length > MOST_JSON_BYTES)
    throw wrong(`more than ${MOST_JSON_BYTES} bytes when unpacked`, `at most ${MOST_JSON_BYTES} bytes`)
  if (
    sha256(json)
      .subarray(0, CHECK_BYTES)
      .some((byte, i) => byte !== bytes[i])
  )
    throw wrong('a damaged link', 'a complete link')
  const value = parsed(json)
  if (value === undefined || !isShallow(value, MOST_LEVELS))
    throw wrong('something other than a run', 'a complete link')
  return value
}

/**
 * Inflates bytes; null where they are not deflated. Of a result that is too long, returns one byte more than
 * allowed.
 */
function inflated(bytes: Uint8Array): Uint8Array | null {
  try {
    // fflate fills `out` and drops the rest.
    return inflateSync(bytes, { out: new Uint8Array(MOST_JSON_BYTES + 1) })
  } catch {
    return null
  }
}

function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
  } catch {
    return undefined
  }
}

/** Whether a value is nested so little that recursion cannot exhaust the stack. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((child) => isShallow(child, levels - 1))
}

/**
 * Writes bytes as text that addresses leave unchanged: `A-Z a-z 0-9 - _`, four characters for three bytes,
 * unpadded.
 */
export function toBase64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Reads base64url; null for other texts, and for spellings that `toBase64url` does not produce. */
export function fromBase64url(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  return toBase64url(bytes) === text ? bytes : null
}
