/** Reads numbers from f32 and f16 tensors at any byte offset, some at a time. */

import { halfToNumber } from '../../onnx/half'
import { elementCount, floatsOf, type TensorData } from '../../onnx/proto'

/** Lines read at a time when a matrix is transposed, so that as many values lie side by side. */
const TILE = 16

let halves: Float32Array | null = null

/** Fills `into` with elements from `first` on. The data need not be aligned. */
export function readFloats({ type, data }: TensorData, first: number, into: Float32Array): void {
  const count = into.length
  if (type === 'f32') {
    const bytes = data.subarray(4 * first, 4 * (first + count))
    new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes)
    return
  }
  if (type !== 'f16') throw new RangeError(`${type} is not a float`)
  // One look-up per value: arithmetic takes several times as long, and there are hundreds of millions of
  // values.
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits))
  for (let i = 0, at = 2 * first; i < count; i++, at += 2) into[i] = halves[data[at] | (data[at + 1] << 8)]
}

/** Returns all elements as f32, copied. */
export function allFloats(tensor: TensorData): Float32Array {
  if (tensor.type !== 'f32' && tensor.type !== 'f16') return floatsOf(tensor)
  const floats = new Float32Array(elementCount(tensor.shape))
  readFloats(tensor, 0, floats)
  return floats
}

/**
 * Position of a matrix in a tensor: element (row, column) is at start + row * rowStep + column * columnStep.
 * One step is 1.
 */
export interface View {
  readonly start: number
  readonly columns: number
  readonly rowStep: number
  readonly columnStep: number
}

/** Fills `into` with rows of the matrix from `first` on. */
export function readRows(tensor: TensorData, view: View, first: number, into: Float32Array): void {
  const { columns, rowStep, columnStep } = view
  const rows = into.length / columns
  const start = view.start + first * rowStep
  if (columnStep === 1) {
    for (let row = 0; row < rows; row++)
      readFloats(tensor, start + row * rowStep, into.subarray(row * columns, (row + 1) * columns))
    return
  }
  // Here a line of the tensor is a column of the matrix.
  const scratch = new Float32Array(Math.min(TILE, columns) * rows)
  for (let column = 0; column < columns; column += TILE) {
    const width = Math.min(TILE, columns - column)
    for (let i = 0; i < width; i++)
      readFloats(tensor, start + (column + i) * columnStep, scratch.subarray(i * rows, (i + 1) * rows))
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < width; i++) into[row * columns + column + i] = scratch[i * rows + row]
  }
}
