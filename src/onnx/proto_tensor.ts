/** Tensors in ONNX files: an element type, a shape and raw little-endian bytes. */

import { ColloquyError } from '../errors'
import { halfToNumber } from './half'

/** Element types to compute with. */
export type FloatType = 'f32' | 'f16'
export type ElementType = FloatType | 'i64' | 'i32' | 'u8' | 'i8' | 'bool'

/** Location of a tensor's bytes in a file beside the model file. */
export interface ExternalData {
  readonly location: string
  /** Bytes from the start of that file. */
  readonly offset: number
  /** Number of bytes, or null where the file does not say. */
  readonly length: number | null
}

export interface TensorData {
  readonly type: ElementType
  readonly shape: readonly number[]
  /** Raw little-endian bytes, row-major, possibly unaligned; empty where `external` is set. */
  readonly data: Uint8Array
  readonly external?: ExternalData
}

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  f32: 4,
  f16: 2,
  i64: 8,
  i32: 4,
  u8: 1,
  i8: 1,
  bool: 1,
}

/** Codes of onnx.proto's TensorProto.DataType. */
export const ELEMENT_CODES: Readonly<Record<ElementType, number>> = {
  f32: 1,
  u8: 2,
  i8: 3,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/**
 * Creates a tensor from numbers (f32, i64, i32, u8, i8, bool; booleans as 0 and 1). It references a typed
 * array of the right kind without a copy.
 * @throws ColloquyError 'graph' where the number of values does not match the shape.
 */
export function tensorOf(
  type: Exclude<ElementType, 'f16'>,
  shape: readonly number[],
  values: ArrayLike<number>,
): TensorData {
  if (values.length !== elementCount(shape)) {
    throw new ColloquyError({
      code: 'graph',
      what: `tensor of shape (${shape.join(', ')})`,
      found: `${values.length} values`,
      wanted: `${elementCount(shape)}`,
      todo: 'Give one value per element',
    })
  }
  const typed = typedArray(type, values)
  return { type, shape, data: new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength) }
}

function typedArray(type: Exclude<ElementType, 'f16'>, values: ArrayLike<number>): ArrayBufferView {
  switch (type) {
    case 'f32':
      return values instanceof Float32Array ? values : Float32Array.from(values)
    case 'i32':
      return values instanceof Int32Array ? values : Int32Array.from(values)
    case 'i64':
      return BigInt64Array.from(Array.from(values, BigInt))
    case 'i8':
      return values instanceof Int8Array ? values : Int8Array.from(values)
    case 'u8':
    case 'bool':
      return values instanceof Uint8Array ? values : Uint8Array.from(values)
  }
}

/** Returns the elements of an f32, f16 or integer tensor as f32. It copies all but aligned f32. */
export function floatsOf(tensor: TensorData): Float32Array {
  const { type, data } = tensor
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const count = data.length / ELEMENT_BYTES[type]
  switch (type) {
    case 'f32':
      return data.byteOffset % 4 === 0
        ? new Float32Array(data.buffer, data.byteOffset, count)
        : new Float32Array(data.slice().buffer)
    case 'f16':
      return Float32Array.from({ length: count }, (_, i) => halfToNumber(view.getUint16(2 * i, true)))
    case 'i64':
      return Float32Array.from({ length: count }, (_, i) => Number(view.getBigInt64(8 * i, true)))
    case 'i32':
      return Float32Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true))
    case 'i8':
      return Float32Array.from({ length: count }, (_, i) => view.getInt8(i))
    case 'u8':
    case 'bool':
      return Float32Array.from(data)
  }
}
