/**
 * Converts quantized matrices of a file for the engine, with exactly the values they stand for. It uses
 * symmetric blocks of 32 where they can hold the values (8 bits can also hold 4 bits with zero points), and
 * f32 otherwise.
 */

import type { BlockMatrix } from '../../matrix/matrix'
import { type DenseValues, type MatrixValues, valuesBy } from '../../matrix/matrix_values'
import { elementCount, type TensorData } from '../../onnx/proto'
import { BLOCK_SIZE, blockCount } from '../weights/quantize'
import { allFloats } from './import_floats'
import type { StoredMatrix } from './import_graph'
import type { Shape, Tensors } from './import_plan'

/** Quantized values: level minus zero point, times a scale. */
interface Levels {
  level(row: number, column: number): number
  scale(row: number, column: number): number
}

export function blockMatrix(
  { packed, scales, zeroPoints, bits, blockSize }: Extract<StoredMatrix, { kind: 'blocks' }>,
  shape: Shape,
  tensors: Tensors,
): MatrixValues {
  const { data } = tensors(packed)
  const factors = allFloats(tensors(scales))
  const count = Math.ceil(shape.in / blockSize)
  const middle = 1 << (bits - 1)
  const zeros = zeroPoints === null ? null : unpackedZeros(tensors(zeroPoints), shape.out, count, bits)
  const symmetric = zeros === null || zeros.every((zero) => zero === middle)
  const dividesInto32 = blockSize % BLOCK_SIZE === 0
  if (symmetric && dividesInto32)
    return { kind: 'blocks', bits, ...shape, ...cutInto32(data, factors, shape, bits, blockSize) }
  const blockOf = (row: number, column: number) => row * count + Math.floor(column / blockSize)
  const levels: Levels = {
    level(row, column) {
      const block = blockOf(row, column)
      const i = block * blockSize + (column % blockSize)
      const stored = bits === 8 ? data[i] : (data[i >> 1] >> (4 * (i & 1))) & 0xf
      return stored - (zeros === null ? middle : zeros[block])
    },
    scale: (row, column) => factors[blockOf(row, column)],
  }
  return (dividesInto32 ? byteBlocks(shape, levels) : null) ?? dense(shape, levels)
}

/** Returns one zero point per block. In 4 bits two share a byte, and each row starts a new byte. */
function unpackedZeros(tensor: TensorData, rows: number, count: number, bits: 4 | 8): Float32Array {
  if (tensor.type !== 'u8' || bits === 8) return allFloats(tensor)
  const rowBytes = Math.ceil(count / 2)
  return Float32Array.from({ length: rows * count }, (_, i) => {
    const block = i % count
    const byte = tensor.data[Math.floor(i / count) * rowBytes + (block >> 1)]
    return (byte >> (4 * (block & 1))) & 0xf
  })
}

/** Cuts blocks of a multiple of 32 into blocks of 32 with the same scale. */
function cutInto32(
  data: Uint8Array,
  factors: Float32Array,
  shape: Shape,
  bits: 4 | 8,
  blockSize: number,
): Pick<BlockMatrix, 'packed' | 'scales'> {
  if (blockSize === BLOCK_SIZE) return { packed: data, scales: factors }
  const [large, small] = [Math.ceil(shape.in / blockSize), blockCount(shape.in)]
  const [from, to] = [(large * blockSize * bits) / 8, (small * BLOCK_SIZE * bits) / 8]
  const packed = new Uint8Array(shape.out * to)
  const scales = new Float32Array(shape.out * small)
  for (let row = 0; row < shape.out; row++) {
    packed.set(data.subarray(row * from, row * from + to), row * to)
    for (let block = 0; block < small; block++)
      scales[row * small + block] = factors[row * large + Math.floor((block * BLOCK_SIZE) / blockSize)]
  }
  return { packed, scales }
}

/**
 * Converts a matrix of integers, or some of its outputs.
 * @param total number of outputs of the stored matrix
 * @param first first output to convert; `shape` gives their number
 * @param inF32 true to return f32 in any case
 */
export function integerMatrix(
  { tensor, scale, zeroPoint, transposed }: Extract<StoredMatrix, { kind: 'integers' }>,
  shape: Shape,
  { total, first }: { readonly total: number; readonly first: number },
  tensors: Tensors,
  inF32: boolean,
): MatrixValues {
  const { type, data } = tensors(tensor)
  const stored = type === 'i8' ? new Int8Array(data.buffer, data.byteOffset, data.length) : data
  const scales = perOutput(tensors(scale), total)
  const zeros = zeroPoint === null ? new Float32Array(total) : perOutput(tensors(zeroPoint), total)
  const [rowStep, columnStep] = transposed ? [1, total] : [shape.in, 1]
  const levels: Levels = {
    level: (row, column) => stored[(first + row) * rowStep + column * columnStep] - zeros[first + row],
    scale: (row) => scales[first + row],
  }
  return (inF32 ? null : byteBlocks(shape, levels)) ?? dense(shape, levels)
}

function perOutput(tensor: TensorData, out: number): Float32Array {
  const values = allFloats(tensor)
  return elementCount(tensor.shape) === 1 ? new Float32Array(out).fill(values[0]) : values
}

/** Returns blocks of 8 bits, or null where a level does not fit. A block must have one scale. */
function byteBlocks({ out, in: width }: Shape, levels: Levels): BlockMatrix | null {
  const blocks = blockCount(width)
  // 128 is the level of 0, for the padding after the width.
  const packed = new Uint8Array(out * blocks * BLOCK_SIZE).fill(128)
  const scales = new Float32Array(out * blocks)
  for (let row = 0; row < out; row++) {
    for (let column = 0; column < width; column++) {
      const level = levels.level(row, column) + 128
      if (!(level >= 0 && level <= 255 && Number.isInteger(level))) return null
      packed[row * blocks * BLOCK_SIZE + column] = level
    }
    for (let block = 0; block < blocks; block++)
      scales[row * blocks + block] = levels.scale(row, block * BLOCK_SIZE)
  }
  return { kind: 'blocks', bits: 8, out, in: width, packed, scales }
}

function dense(shape: Shape, levels: Levels): DenseValues {
  return valuesBy(shape, (row, column) => levels.level(row, column) * levels.scale(row, column))
}
