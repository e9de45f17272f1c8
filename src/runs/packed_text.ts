/**
 * Values as short texts for addresses: a digit for the format, then in base64url a checksum and the value's JSON, deflated.
 * fflate rather than the browser's own compression: it gives the same text everywhere, and at once.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { deflateSync, inflateSync } from 'fflate'
import { ColloquyError } from '../errors'
import { textBytes } from '../ilr/digest_chain'

const FORMAT = '1'
/** A text that says so is longer than anything that was packed here. */
export const MOST_PACKED_CHARACTERS = 2000
/** Of JSON. A hostile text of that length unpacks to a thousand times as much. */
export const MOST_JSON_BYTES = 16_384
/** Lists and objects within each other. */
const MOST_LEVELS = 6
/** Tells a text that was cut or mistyped; it is no proof of anything. */
const CHECK_BYTES = 3

/** @throws RangeError for a value too large to be unpacked again */
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
 * @param what what the text is, for the error
 * @throws ColloquyError `config` for a text that `pack` has not made
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
      'It may be from a newer Colloquy: reload the page, or update yours',
    )
  const bytes = fromBase64url(text.slice(1))
  if (bytes === null) throw wrong('characters that it cannot have, or one too few', 'a link as it was made')
  const json = inflated(bytes.subarray(CHECK_BYTES))
  if (json === null) throw wrong('a damaged link', 'a link as it was made')
  if (json.length > MOST_JSON_BYTES)
    throw wrong(`more than ${MOST_JSON_BYTES} bytes when unpacked`, `at most ${MOST_JSON_BYTES} bytes`)
  if (
    sha256(json)
      .subarray(0, CHECK_BYTES)
      .some((byte, i) => byte !== bytes[i])
  )
    throw wrong('a damaged link', 'a link as it was made')
  const value = parsed(json)
  if (value === undefined || !isShallow(value, MOST_LEVELS))
    throw wrong('something else than a run', 'a link as it was made')
  return value
}

/** Null where it is not deflated bytes. Of what is too long there is one byte more than is allowed. */
function inflated(bytes: Uint8Array): Uint8Array | null {
  try {
    // fflate fills `out` and drops what goes beyond it.
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

/** Whether what follows may look into it without running out of stack. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((child) => isShallow(child, levels - 1))
}

/** Bytes as text that is left alone in addresses: `A-Z a-z 0-9 - _`, four characters for three bytes, unpadded. */
export function toBase64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Null for a text that is none, or that spells its bytes otherwise than `toBase64url`. */
export function fromBase64url(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  return toBase64url(bytes) === text ? bytes : null
}
