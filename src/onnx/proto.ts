/**
 * ONNX models as plain data, and their file format. Field numbers in `proto_encode.ts` and `proto_decode.ts`
 * are those of onnx.proto (github.com/onnx/onnx, IR version 10).
 */

export { decodeModel } from './proto_decode'
export { encodeModel } from './proto_encode'
export type { ElementType, ExternalData, FloatType, TensorData } from './proto_tensor'
export { ELEMENT_BYTES, elementCount, floatsOf, tensorOf } from './proto_tensor'
export type {
  Attribute,
  GraphDescription,
  ModelDescription,
  NodeDescription,
  ValueDescription,
} from './proto_types'
