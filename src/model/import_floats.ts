/** Numbers out of f32 and f16 tensors, copied from wherever in a file they lie, a few at a time. */

import { halfToNumber } from '../onnx/half'
import { elementCount, floatsOf, type TensorData } from '../onnx/proto'

/** Rows read at once where a matrix is turned: as many values then lie side by side. */
const TILE = 16

let halves: Float32Array | null = null

/** Elements from `first` on, as many as `into` has. The data need not be aligned. */
export function readFloats({ type, data }: TensorData, first: number, into: Float32Array): void {
  const count = into.length
  if (type === 'f32') {
    const bytes = data.subarray(4 * first, 4 * (first + count))
    new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes)
    return
  }
  if (type !== 'f16') throw new RangeError(`${type} is not a float`)
  // One look-up each: arithmetic takes several times as long, for hundreds of millions of values.
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits))
  for (let i = 0, at = 2 * first; i < count; i++, at += 2) into[i] = halves[data[at] | (data[at + 1] << 8)]
}

/** All elements as f32, copied. */
export function allFloats(tensor: TensorData): Float32Array {
  if (tensor.type !== 'f32' && tensor.type !== 'f16') return floatsOf(tensor)
  const floats = new Float32Array(elementCount(tensor.shape))
  readFloats(tensor, 0, floats)
  return floats
}

/** The matrix (rows, columns) that a tensor of shape (columns, rows) is the transpose of. */
export function transposedFloats(tensor: TensorData, rows: number, columns: number): Float32Array {
  const result = new Float32Array(rows * columns)
  eachTile(tensor, rows, columns, (first, values) => {
    const width = values.length / rows
    for (let row = 0; row < rows; row++) {
      const at = row * columns + first
      for (let i = 0; i < width; i++) result[at + i] = values[i * rows + row]
    }
    return true
  })
  return result
}

/** Whether `transposedFloats` would give these values. Nothing as large as the matrix is made. */
export function isTransposeOf(
  tensor: TensorData,
  rows: number,
  columns: number,
  data: Float32Array,
): boolean {
  return eachTile(tensor, rows, columns, (first, values) => {
    const width = values.length / rows
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < width; i++)
        if (values[i * rows + row] !== data[row * columns + first + i]) return false
    return true
  })
}

/** Whether the tensor holds these values, in this order. */
export function holdsFloats(tensor: TensorData, data: Float32Array): boolean {
  const width = Math.min(data.length, 2 ** 16)
  const part = new Float32Array(width)
  for (let first = 0; first < data.length; first += width) {
    const values = part.subarray(0, Math.min(width, data.length - first))
    readFloats(tensor, first, values)
    for (let i = 0; i < values.length; i++) if (values[i] !== data[first + i]) return false
  }
  return true
}

/** Goes through a tensor (columns, rows), some of its rows at a time, until `use` returns false. */
function eachTile(
  tensor: TensorData,
  rows: number,
  columns: number,
  use: (first: number, values: Float32Array) => boolean,
): boolean {
  const scratch = new Float32Array(Math.min(TILE, columns) * rows)
  for (let first = 0; first < columns; first += TILE) {
    const values = scratch.subarray(0, Math.min(TILE, columns - first) * rows)
    readFloats(tensor, first * rows, values)
    if (!use(first, values)) return false
  }
  return true
}
