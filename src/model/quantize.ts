/**
 * Symmetric quantization in blocks of 32 along the input width, in the layout of
 * com.microsoft.MatMulNBits (see `BlockMatrix`). A width that is no multiple of 32 has a padded last
 * block, as MatMulNBits expects.
 */

import type { BlockMatrix, DenseMatrix, Matrix } from './weights'

export const BLOCK_SIZE = 32

/** Blocks along the input width. */
export function blockCount(width: number): number {
  return Math.ceil(width / BLOCK_SIZE)
}

/**
 * Rounds each block to 2^bits levels. The value of largest magnitude gets the level -2^(bits-1), whatever
 * its sign (the scale takes the sign), so that all levels are used; as ORT's own block quantizer does.
 * Error per value: at most |scale|, at most |scale| / 2 except at the far end of the levels.
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

/** The matrix in f32; a dense one is returned as it is. */
export function dequantize(matrix: Matrix): DenseMatrix {
  if (matrix.kind === 'f32') return matrix
  const { bits, out, in: width, packed, scales } = matrix
  const blocks = blockCount(width)
  const blockBytes = (BLOCK_SIZE * bits) / 8
  const zero = 1 << (bits - 1)
  const data = new Float32Array(out * width)
  for (let row = 0; row < out; row++) {
    for (let column = 0; column < width; column++) {
      const block = row * blocks + Math.floor(column / BLOCK_SIZE)
      const i = column % BLOCK_SIZE
      const level =
        bits === 8
          ? packed[block * blockBytes + i]
          : (packed[block * blockBytes + (i >> 1)] >> (4 * (i & 1))) & 0xf
      data[row * width + column] = (level - zero) * scales[block]
    }
  }
  return { kind: 'f32', out, in: width, data }
}
