/** From the bytes of a question file to its text, or to the name of a file that holds no questions. */
import { ColloquyError } from '../../errors'

/** Maximum bytes of an unpacked file. GSM8K has 4 MB. */
const MAX_UNPACKED = 256 << 20

/** Starts of files that hold no text. */
const BINARY: readonly (readonly [start: string, found: string, todo: string])[] = [
  ['PK\x03\x04', 'a ZIP archive or an Excel workbook', 'Unpack it, or save the table as CSV'],
  ['\x28\xb5\x2f\xfd', 'a file packed by Zstandard', 'Unpack it first'],
  ['\xfd7zXZ', 'a file packed by xz', 'Unpack it first'],
  ['BZh', 'a file packed by bzip2', 'Unpack it first'],
  ['7z\xbc\xaf', 'a 7-Zip archive', 'Unpack it first'],
  ['ARROW1', 'an Arrow file', 'Save the table as Parquet or JSON Lines'],
  ['%PDF', 'a PDF document', 'Copy its questions into a table and save that as CSV'],
  ['\x89PNG', 'an image', 'Choose a file of questions'],
  ['\xff\xd8\xff', 'an image', 'Choose a file of questions'],
]

/** Starts of texts that hold no questions. */
const OTHER_TEXTS: readonly (readonly [start: RegExp, found: string, todo: string])[] = [
  [
    /^version https:\/\/git-lfs/,
    'a Git LFS pointer, which stands for a file that is elsewhere',
    'Get the file itself: git lfs pull, or its address with /resolve/ in place of /raw/',
  ],
  [/^(?:\.\.\/|\/)\S*annex\/objects\//, 'a git-annex pointer', 'Get the file itself: git annex get'],
  [
    /^<!doctype html|^<html/i,
    'an HTML page',
    'Take the address of the file itself, which often has /raw/ or /resolve/ in it',
  ],
  [/^<(?:\?xml|[A-Za-z])/, 'an XML file', 'Save its questions as JSON Lines or CSV'],
]

export const WANTED = 'questions as JSON Lines, JSON, CSV, TSV or Parquet, or one of these packed by gzip'

/** @throws ColloquyError `task` always */
export function refuse(name: string, found: string, todo: string): never {
  throw new ColloquyError({ code: 'task', what: name, found, wanted: WANTED, todo })
}

/**
 * Unpacks gzip, where a file is packed.
 * @throws ColloquyError `task` for a damaged file, or one that unpacks to more than 256 MiB
 */
export async function unpacked(
  bytes: Uint8Array,
  name: string,
): Promise<{ bytes: Uint8Array; packed: boolean }> {
  if (!startsWith(bytes, '\x1f\x8b')) return { bytes, packed: false }
  const reader = new Blob([new Uint8Array(bytes)])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'))
    .getReader()
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let size = 0; ; ) {
    const { value, done } = await reader.read().catch(() => damaged(name))
    if (done) return { bytes: new Uint8Array(await new Blob(parts).arrayBuffer()), packed: true }
    size += value.length
    parts.push(value)
    if (size <= MAX_UNPACKED) continue
    await reader.cancel()
    refuse(name, `more than ${MAX_UNPACKED >> 20} MiB when unpacked`, 'Give a part of the file')
  }
}

const damaged = (name: string): never => refuse(name, 'a damaged gzip file', 'Download it again')

/** @param start one character per byte */
export function startsWith(bytes: Uint8Array, start: string): boolean {
  return Array.from(start).every((letter, i) => bytes[i] === letter.charCodeAt(0))
}

/** @throws ColloquyError `task` for a file of another kind than text */
export function refuseBinary(bytes: Uint8Array, name: string): void {
  const known = BINARY.find(([start]) => startsWith(bytes, start))
  if (known !== undefined) refuse(name, known[1], known[2])
}

/** @throws ColloquyError `task` for a text that stands for a file, or is a page */
export function refuseOtherText(text: string, name: string): void {
  const start = text.slice(0, 1000).trimStart()
  const known = OTHER_TEXTS.find(([pattern]) => pattern.test(start))
  if (known !== undefined) refuse(name, known[1], known[2])
  const others = start.match(/(?![\t\n\v\f\r])\p{Cc}|\ufffd/gu)?.length ?? 0
  if (others > start.length / 20) refuse(name, 'binary data', 'Choose a file of questions')
}

/**
 * Decodes UTF-16, UTF-8 or, for a table that is no valid UTF-8, Windows-1252, in which old spreadsheet programs
 * save.
 */
export function decoded(bytes: Uint8Array, isTable: boolean): string {
  const wide = wideEncoding(bytes)
  if (wide !== null) return new TextDecoder(wide).decode(bytes)
  if (!isTable) return new TextDecoder().decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** Bytes that tell UTF-16 without a mark: of a text in Latin letters, every other byte is 0. */
const SAMPLED = 1000

function wideEncoding(bytes: Uint8Array): string | null {
  if (startsWith(bytes, '\xff\xfe')) return 'utf-16le'
  if (startsWith(bytes, '\xfe\xff')) return 'utf-16be'
  const zeros = [0, 0]
  for (const [i, byte] of bytes.subarray(0, SAMPLED).entries()) if (byte === 0) zeros[i % 2]++
  const most = Math.min(bytes.length, SAMPLED) / 2
  if (zeros[1] > 0.6 * most && zeros[0] === 0) return 'utf-16le'
  return zeros[0] > 0.6 * most && zeros[1] === 0 ? 'utf-16be' : null
}
