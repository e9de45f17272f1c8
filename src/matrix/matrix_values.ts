/**
 * Matrices whose values are computed when read. Callers read dense ones some rows at a time, in stored order
 * or transposed, so a file's content is never in memory as a whole.
 */

import type { BlockMatrix, Matrix } from './matrix'

/** A matrix W (out, in) in f32 whose values are computed when read. */
export interface DenseValues {
  readonly kind: 'f32'
  readonly out: number
  readonly in: number
  /** Fills `into` with rows of W from `first` on. */
  rows(first: number, into: Float32Array): void
  /** Fills `into` with rows of W^T, which are the columns of W, from `first` on. */
  columns(first: number, into: Float32Array): void
}

/** A matrix to read from. Blocks may be views of a larger buffer. */
export type MatrixValues = DenseValues | BlockMatrix

/** Returns a dense matrix that is read value by value. */
export function valuesBy(
  shape: { readonly out: number; readonly in: number },
  value: (row: number, column: number) => number,
): DenseValues {
  const { out, in: width } = shape
  return {
    kind: 'f32',
    out,
    in: width,
    rows(first, into) {
      for (let row = first, at = 0; at < into.length; row++)
        for (let column = 0; column < width; column++, at++) into[at] = value(row, column)
    },
    columns(first, into) {
      for (let column = first, at = 0; at < into.length; column++)
        for (let row = 0; row < out; row++, at++) into[at] = value(row, column)
    },
  }
}

/** Returns a reader of a matrix in arrays. Blocks stay as they are. */
export function valuesOf(matrix: Matrix): MatrixValues {
  if (matrix.kind !== 'f32') return matrix
  const { data, in: width } = matrix
  return {
    ...valuesBy(matrix, (row, column) => data[row * width + column]),
    rows: (first, into) => into.set(data.subarray(first * width, first * width + into.length)),
  }
}

/** Reads a matrix into its own arrays. */
export function held(values: MatrixValues): Matrix {
  if (values.kind === 'blocks')
    return { ...values, packed: owned(values.packed), scales: owned(values.scales) }
  const data = new Float32Array(values.out * values.in)
  values.rows(0, data)
  return { kind: 'f32', out: values.out, in: values.in, data }
}

/** Returns the elements in a buffer of exactly their size; copies them where needed. */
export function owned<A extends Float32Array | Uint8Array>(data: A): A {
  return data.byteLength === data.buffer.byteLength ? data : (data.slice() as A)
}

/** Number of rows compared at once. */
const COMPARED = 64

/** Returns whether both hold the same values in the same format, without making a copy of the matrix. */
export function sameValues(values: MatrixValues, matrix: Matrix): boolean {
  if (values.out !== matrix.out || values.in !== matrix.in) return false
  if (values.kind === 'blocks')
    return (
      matrix.kind === 'blocks' &&
      matrix.bits === values.bits &&
      same(values.packed, matrix.packed) &&
      same(values.scales, matrix.scales)
    )
  if (matrix.kind === 'blocks') return false
  const width = values.in
  const scratch = new Float32Array(COMPARED * width)
  for (let row = 0; row < values.out; row += COMPARED) {
    const part = scratch.subarray(0, Math.min(COMPARED, values.out - row) * width)
    values.rows(row, part)
    if (!same(part, matrix.data.subarray(row * width, row * width + part.length))) return false
  }
  return true
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return a.length === b.length
}
