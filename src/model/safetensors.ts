/** Writes the safetensors format: a header that says where each tensor lies, and their bytes one after the other. */

export interface NamedTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Row-major, as many as the shape says. */
  readonly data: Float32Array
}

/** Readers map the data into memory: it begins at a multiple of this. */
const ALIGNMENT = 8

/** A file of f32 tensors, in the order given. Names are different. */
export function writeSafetensors(tensors: readonly NamedTensor[]): Uint8Array<ArrayBuffer> {
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
  const file = new Uint8Array(start + end).fill(0x20, 8, start)
  const view = new DataView(file.buffer)
  view.setBigUint64(0, BigInt(start - 8), true)
  file.set(text, 8)
  let at = start
  for (const { data } of tensors) {
    // Little-endian wherever this runs, as the format is.
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}
