/**
 * Uploads weights as device tensors, in the formats and layouts that graphs declare (`matrixInput`,
 * `tableInput`).
 */

import type { Tensor } from 'onnxruntime-web/wasm'
import type { BlockMatrix } from '../../matrix/matrix'
import { type DenseValues, held, type MatrixValues } from '../../matrix/matrix_values'
import { ELEMENT_BYTES, type FloatType, floatsOf } from '../../onnx/proto'
import { keepingNow } from '../../scope'
import { formatOf, type MatrixFormat } from '../graphs/layer'
import { dispose, type Feeds, type Runtime } from '../runtime'
import { blockCount, dequantized } from './quantize'

/** A matrix W (out, in) on the device. The uploader owns it. */
export type DeviceMatrix = { readonly out: number; readonly in: number } & (
  | { readonly format: 'f32'; readonly values: Tensor }
  | { readonly format: Exclude<MatrixFormat, 'f32'>; readonly packed: Tensor; readonly scales: Tensor }
)

/**
 * Uploads a matrix for products with activations of a type. A dense one is stored as W^T (in, out) in that
 * type; blocks have scales of that type.
 */
export function uploadLinear(runtime: Runtime, values: MatrixValues, activations: FloatType): DeviceMatrix {
  if (values.kind === 'blocks') return uploadBlocks(runtime, values, activations)
  const columns = (first: number, into: Float32Array) => values.columns(first, into)
  return {
    ...shapeOf(values),
    format: 'f32',
    values: runtime.floatRows([values.in, values.out], columns, activations),
  }
}

/** Uploads a matrix for row look-ups. In f32 it is stored as W (out, in). */
export function uploadTable(runtime: Runtime, values: MatrixValues): DeviceMatrix {
  if (values.kind === 'blocks') return uploadBlocks(runtime, values, 'f32')
  const rows = (first: number, into: Float32Array) => values.rows(first, into)
  return {
    ...shapeOf(values),
    format: 'f32',
    values: runtime.floatRows([values.out, values.in], rows, 'f32'),
  }
}

export function uploadVector(runtime: Runtime, values: Float32Array, type: FloatType): Tensor {
  return runtime.floats(values, [values.length], type)
}

function uploadBlocks(runtime: Runtime, blocks: BlockMatrix, type: FloatType): DeviceMatrix {
  // On wasm the tensor is the array itself, which must not be part of a file's bytes.
  const { packed, scales, bits } = runtime.backend === 'wasm' ? (held(blocks) as BlockMatrix) : blocks
  return keepingNow((scope) => ({
    ...shapeOf(blocks),
    format: formatOf(blocks) as 'q4' | 'q8',
    packed: scope.hold(runtime.bytes(packed, [blocks.out, blockCount(blocks.in), 4 * bits]), dispose),
    scales: uploadVector(runtime, scales, type),
  }))
}

/**
 * Replaces a linear in blocks by one in f32 and frees the blocks. It reads them back: this is rare, and one
 * matrix at a time.
 */
export async function dequantizeLinear(
  runtime: Runtime,
  matrix: DeviceMatrix,
  activations: FloatType,
): Promise<DeviceMatrix> {
  if (matrix.format === 'f32') return matrix
  const bits = matrix.format === 'q4' ? 4 : 8
  const count = matrix.out * blockCount(matrix.in)
  const packed = await runtime.readUploaded(matrix.packed, count * 4 * bits)
  const data = await runtime.readUploaded(matrix.scales, count * ELEMENT_BYTES[activations])
  const scales = floatsOf({ type: activations, shape: [count], data })
  const blocks: BlockMatrix = { ...shapeOf(matrix), kind: 'blocks', bits, packed, scales }
  const dense = uploadLinear(runtime, dequantized(blocks), activations)
  disposeMatrix(matrix)
  return dense
}

/** Returns the matrix as inputs of a graph: `name` in f32, or `name.packed` and `name.scales`. */
export function feedsOf(name: string, matrix: DeviceMatrix): Feeds {
  if (matrix.format === 'f32') return { [name]: matrix.values }
  return { [`${name}.packed`]: matrix.packed, [`${name}.scales`]: matrix.scales }
}

export function disposeMatrix(matrix: DeviceMatrix): void {
  if (matrix.format === 'f32') dispose(matrix.values)
  else dispose(matrix.packed, matrix.scales)
}

function shapeOf({ out, in: width }: DenseValues | BlockMatrix | DeviceMatrix) {
  return { out, in: width }
}
