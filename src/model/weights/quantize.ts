/**
 * Symmetric quantization in blocks of 32 along the input width, in the layout of com.microsoft.MatMulNBits
 * (see `BlockMatrix`). A width that is not a multiple of 32 has a padded last block, as MatMulNBits expects.
 */

import type { BlockMatrix, DenseMatrix, Matrix } from '../../matrix/matrix'
import { type DenseValues, type MatrixValues, valuesBy } from '../../matrix/matrix_values'
import { LINEARS, linearShape, type ModelConfig } from '../import/config'
import type { Backend } from '../runtime'

export const BLOCK_SIZE = 32

/** Returns the number of blocks along the input width. */
export function blockCount(width: number): number {
  return Math.ceil(width / BLOCK_SIZE)
}

/**
 * Rounds each block to 2^bits levels. The value of largest magnitude gets the level -2^(bits-1), whatever its
 * sign (the scale takes the sign), so all levels are used, as in ORT's own block quantizer. Error per value:
 * at most |scale|, at most |scale| / 2 except at the far end of the levels.
 */
export function quantizeBlocks(dense: DenseMatrix, bits: 4 | 8): BlockMatrix {
  const { out, in: width, data } = dense
  const blocks = blockCount(width)
  const blockBytes = (BLOCK_SIZE * bits) / 8
  const packed = new Uint8Array(out * blocks * blockBytes)
  const scales = new Float32Array(out * blocks)
  const zero = 1 << (bits - 1)
  for (let row = 0; row < out; row++) {
    for (let block = 0; block < blocks; block++) {
      const first = row * width + block * BLOCK_SIZE
      const count = Math.min(BLOCK_SIZE, width - block * BLOCK_SIZE)
      let largest = 0
      for (let i = first; i < first + count; i++) {
        if (Math.abs(data[i]) > Math.abs(largest)) largest = data[i]
      }
      const scale = largest === 0 ? 0 : Math.fround(-largest / zero)
      scales[row * blocks + block] = scale
      const at = (row * blocks + block) * blockBytes
      for (let i = 0; i < BLOCK_SIZE; i++) {
        const value = i < count && scale !== 0 ? data[first + i] / scale : 0
        const level = Math.min(Math.max(Math.round(value), -zero), zero - 1) + zero
        if (bits === 8) packed[at + i] = level
        else packed[at + (i >> 1)] |= level << (4 * (i & 1))
      }
    }
  }
  return { kind: 'blocks', bits, out, in: width, packed, scales }
}

/** Returns the matrix in f32; a dense one unchanged. */
export function dequantize(matrix: Matrix): DenseMatrix {
  if (matrix.kind === 'f32') return matrix
  const data = new Float32Array(matrix.out * matrix.in)
  dequantized(matrix).rows(0, data)
  return { kind: 'f32', out: matrix.out, in: matrix.in, data }
}

/** Returns the same, computed when read. */
export function dequantized(matrix: MatrixValues): DenseValues {
  if (matrix.kind === 'f32') return matrix
  const { bits, packed, scales } = matrix
  const blocks = blockCount(matrix.in)
  const rowBytes = (blocks * BLOCK_SIZE * bits) / 8
  const scale = (row: number, column: number) => scales[row * blocks + Math.floor(column / BLOCK_SIZE)]
  if (bits === 8)
    return valuesBy(matrix, (row, column) => (packed[row * rowBytes + column] - 128) * scale(row, column))
  return valuesBy(matrix, (row, column) => {
    const byte = packed[row * rowBytes + (column >> 1)]
    return (((byte >> (4 * (column & 1))) & 0xf) - 8) * scale(row, column)
  })
}

/**
 * Maximum bytes of a model that wasm holds in f32. The copies of a run of a larger one would not fit into its
 * 4 GiB.
 */
const MOST_DENSE_BYTES = 2 ** 30

/**
 * Returns whether blocks become f32 on loading: on wasm, where there is room. There MatMulNBits at small
 * batch is an order of magnitude slower than an f32 product. Head and embedding both count, because the
 * head's session has a copy.
 */
export function heldInF32(backend: Backend, config: ModelConfig): boolean {
  const layer = LINEARS.reduce((sum, which) => {
    const { in: width, out } = linearShape(config, which)
    return sum + width * out
  }, 0)
  const tables = 2 * config.vocabSize * config.hiddenSize
  return backend === 'wasm' && 4 * (config.layers * layer + tables) <= MOST_DENSE_BYTES
}
