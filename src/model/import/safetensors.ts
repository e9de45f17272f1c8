/** The safetensors format: a header with each tensor's position, then the tensors' bytes. f32 only. */
import { concatBytes } from '@noble/hashes/utils.js'
import { z } from '../../schema'

export interface NamedTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Row-major values, as many as the shape has. */
  readonly data: Float32Array
}

/** Data start at a multiple of this, because readers map them into memory. */
const ALIGNMENT = 8

/** Writes a file of f32 tensors, in the order given. Names must differ. */
export function writeSafetensors(tensors: readonly NamedTensor[]): Uint8Array<ArrayBuffer> {
  return concatBytes(...safetensorsPieces(tensors))
}

/** Returns the same file in pieces: its header, then every tensor's own memory. */
export function safetensorsPieces(tensors: readonly NamedTensor[]): Uint8Array[] {
  // PyTorch's loaders look for this mark.
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let end = 0
  for (const { name, shape, data } of tensors) {
    const size = shape.reduce((product, n) => product * n, 1)
    if (size !== data.length)
      throw new RangeError(`${name} has ${data.length} values, not ${shape.join(' x ')}`)
    if (Object.hasOwn(header, name)) throw new RangeError(`there are two tensors ${name}`)
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + 4 * size] }
    end += 4 * size
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const start = 8 + Math.ceil(text.length / ALIGNMENT) * ALIGNMENT
  const head = new Uint8Array(start).fill(0x20, 8)
  new DataView(head.buffer).setBigUint64(0, BigInt(start - 8), true)
  head.set(text, 8)
  // Both the format and every platform we run on are little-endian.
  const bytes = tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return [head, ...bytes]
}

const offset = z.int().min(0)
const entrySchema = z.object({
  dtype: z.literal('F32'),
  shape: z.array(offset).max(8),
  data_offsets: z.tuple([offset, offset]),
})

/**
 * Reads a file of f32 tensors in the order of its header, without gaps. `data` are views where the bytes are
 * aligned.
 * @param wrong makes the error for an invalid file, from the field at fault
 */
export function readSafetensors(
  file: Uint8Array,
  wrong: (field: string, found: string, wanted: string) => Error,
): NamedTensor[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const length = file.length < 8 ? Number.POSITIVE_INFINITY : Number(view.getBigUint64(0, true))
  if (length > file.length - 8) throw wrong('header', 'an end beyond the file', 'a whole header')
  const header = parsedHeader(file.subarray(8, 8 + length))
  if (header === null) throw wrong('header', 'something else', 'a JSON object')
  const start = 8 + length
  let at = 0
  const tensors = Object.entries(header).flatMap(([name, value]): NamedTensor[] => {
    if (name === '__metadata__') return []
    const entry = entrySchema.safeParse(value)
    if (!entry.success) throw wrong(name, 'something else', 'an F32 tensor with shape and data_offsets')
    const { shape, data_offsets } = entry.data
    const size = shape.reduce((product, n) => product * n, 1)
    if (data_offsets[0] !== at || data_offsets[1] !== at + 4 * size)
      throw wrong(`${name}.data_offsets`, data_offsets.join(' to '), `${at} to ${at + 4 * size}`)
    if (start + data_offsets[1] > file.length)
      throw wrong(`${name}.data_offsets`, 'an end beyond the file', `${file.length - start} bytes`)
    at = data_offsets[1]
    return [{ name, shape, data: floats(file.subarray(start + data_offsets[0], start + at)) }]
  })
  if (start + at !== file.length)
    throw wrong('data', `${file.length - start} bytes`, `the ${at} bytes of its tensors`)
  return tensors
}

function parsedHeader(bytes: Uint8Array): object | null {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof header === 'object' && header !== null && !Array.isArray(header) ? header : null
  } catch {
    return null
  }
}

function floats(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  return new Float32Array(buffer, byteOffset, byteLength / 4)
}
