/** A matrix W (out, in) in f32, row-major. */
export interface DenseMatrix {
  readonly kind: 'f32'
  readonly out: number
  readonly in: number
  readonly data: Float32Array
}

/**
 * A matrix W (out, in) in blocks of 32 along `in`, symmetric, without zero points. Its layout is that of
 * com.microsoft.MatMulNBits' B: packed (out, in/32, 32·bits/8), low nibble first; scales (out, in/32). Value
 * = (q - 2^(bits-1)) · scale.
 */
export interface BlockMatrix {
  readonly kind: 'blocks'
  readonly bits: 4 | 8
  readonly out: number
  readonly in: number
  readonly packed: Uint8Array
  readonly scales: Float32Array
}

export type Matrix = DenseMatrix | BlockMatrix

/** Transposes (rows, columns) to (columns, rows). */
export function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length)
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]
  return result
}
