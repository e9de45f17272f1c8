import { ELEMENT_BYTES, ELEMENT_CODES, type ElementType, elementCount, type TensorData } from './proto_tensor'
import type {
  Attribute,
  GraphDescription,
  ModelDescription,
  NodeDescription,
  ValueDescription,
} from './proto_types'
import { MessageReader } from './proto_wire'

const ELEMENT_TYPES = new Map(
  (Object.entries(ELEMENT_CODES) as [ElementType, number][]).map(([type, code]) => [code, type]),
)

/**
 * Reads a `.onnx` file. Tensor data stay views of `bytes`. It skips doc strings, intermediate value types and
 * training information.
 * @param what the file's name, for errors
 * @throws ColloquyError 'model-file' where the bytes are cut short, damaged or not an ONNX model.
 */
export function decodeModel(bytes: Uint8Array, what: string): ModelDescription {
  const reader = new MessageReader(bytes, what)
  let graph: GraphDescription | null = null
  let irVersion = 0
  let producer = ''
  const opsets: Record<string, number> = {}
  const metadata: Record<string, string> = {}
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) irVersion = reader.integer()
    else if (field === 2) producer = reader.text()
    else if (field === 7) graph = readGraph(reader.message())
    else if (field === 8) {
      const { domain, version } = readOpset(reader.message())
      opsets[domain] = version
    } else if (field === 14) {
      const { key, value } = readEntry(reader.message())
      metadata[key] = value
    } else reader.skip()
  }
  if (graph === null) throw reader.damaged(`${bytes.length} bytes without a graph`)
  if (irVersion < 1 || Object.keys(opsets).length === 0)
    throw reader.damaged(`IR version ${irVersion} and ${Object.keys(opsets).length} operator sets`)
  return { graph, opsets, irVersion, producer, metadata }
}

function readOpset(reader: MessageReader): { domain: string; version: number } {
  let domain = ''
  let version = 0
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) domain = reader.text()
    else if (field === 2) version = reader.integer()
    else reader.skip()
  }
  return { domain: domain === 'ai.onnx' ? '' : domain, version }
}

function readEntry(reader: MessageReader): { key: string; value: string } {
  const entry = { key: '', value: '' }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) entry.key = reader.text()
    else if (field === 2) entry.value = reader.text()
    else reader.skip()
  }
  return entry
}

function readGraph(reader: MessageReader): GraphDescription {
  let name = ''
  const nodes: NodeDescription[] = []
  const inputs: ValueDescription[] = []
  const outputs: ValueDescription[] = []
  const initializers = new Map<string, TensorData>()
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) nodes.push(readNode(reader.message()))
    else if (field === 2) name = reader.text()
    else if (field === 5) {
      const named = readTensor(reader.message())
      initializers.set(named.name, named.tensor)
    } else if (field === 11) inputs.push(readValue(reader.message()))
    else if (field === 12) outputs.push(readValue(reader.message()))
    else reader.skip()
  }
  return { name, inputs, outputs, nodes, initializers }
}

function readNode(reader: MessageReader): NodeDescription {
  let op = ''
  let domain = ''
  let name = ''
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes: [string, Attribute][] = []
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) inputs.push(reader.text())
    else if (field === 2) outputs.push(reader.text())
    else if (field === 3) name = reader.text()
    else if (field === 4) op = reader.text()
    else if (field === 5) attributes.push(readAttribute(reader.message()))
    else if (field === 7) domain = reader.text()
    else reader.skip()
  }
  if (op === '') throw reader.damaged(`a node "${name}" without an operator`)
  return {
    op,
    domain: domain === 'ai.onnx' ? '' : domain,
    name,
    inputs,
    outputs,
    attributes: Object.fromEntries(attributes),
  }
}

function readAttribute(reader: MessageReader): [string, Attribute] {
  let name = ''
  let type = 0
  let float = 0
  let int = 0
  let string = ''
  let tensor: TensorData | null = null
  let graph: GraphDescription | null = null
  const floats: number[] = []
  const ints: number[] = []
  const strings: string[] = []
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) name = reader.text()
    else if (field === 2) float = reader.float32()
    else if (field === 3) int = reader.integer()
    else if (field === 4) string = reader.text()
    else if (field === 5) tensor = readTensor(reader.message()).tensor
    else if (field === 6) graph = readGraph(reader.message())
    else if (field === 7) reader.floats(floats)
    else if (field === 8) reader.integers(ints)
    else if (field === 9) strings.push(reader.text())
    else if (field === 20) type = reader.integer()
    else reader.skip()
  }
  if (type === 1) return [name, { float }]
  if (type === 2) return [name, { int }]
  if (type === 3) return [name, { string }]
  if (type === 4 && tensor !== null) return [name, { tensor }]
  if (type === 5 && graph !== null) return [name, { graph }]
  if (type === 6) return [name, { floats }]
  if (type === 7) return [name, { ints }]
  if (type === 8) return [name, { strings }]
  throw reader.damaged(`attribute "${name}" of type ${type}`)
}

function readTensor(reader: MessageReader): { name: string; tensor: TensorData } {
  let name = ''
  let code = 0
  let raw: Uint8Array | null = null
  let elsewhere = false
  const shape: number[] = []
  const floats: number[] = []
  const integers: number[] = []
  const external = new Map<string, string>()
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) reader.integers(shape)
    else if (field === 2) code = reader.integer()
    else if (field === 4) reader.floats(floats)
    else if (field === 5 || field === 7) reader.integers(integers)
    else if (field === 8) name = reader.text()
    else if (field === 9) raw = reader.delimited()
    else if (field === 13) {
      const { key, value } = readEntry(reader.message())
      external.set(key, value)
    } else if (field === 14) elsewhere = reader.integer() === 1
    else reader.skip()
  }
  const type = ELEMENT_TYPES.get(code)
  if (type === undefined) throw reader.damaged(`tensor "${name}" of element type ${code}`)
  if (shape.some((size) => size < 0)) throw reader.damaged(`tensor "${name}" of shape (${shape.join(', ')})`)
  if (elsewhere) {
    const length = external.get('length')
    const tensor = {
      type,
      shape,
      data: new Uint8Array(),
      external: {
        location: external.get('location') ?? '',
        offset: Number(external.get('offset') ?? 0),
        length: length === undefined ? null : Number(length),
      },
    }
    return { name, tensor }
  }
  const data = raw ?? bytesOf(type, type === 'f32' ? floats : integers)
  const wanted = elementCount(shape) * ELEMENT_BYTES[type]
  if (data.length !== wanted)
    throw reader.damaged(
      `${data.length} bytes for tensor "${name}" of ${wanted}, shape (${shape.join(', ')})`,
    )
  return { name, tensor: { type, shape, data } }
}

/** Converts elements given as numbers; f16 as its bits (as onnx.proto says of `int32_data`). */
function bytesOf(type: ElementType, values: readonly number[]): Uint8Array {
  const width = ELEMENT_BYTES[type]
  const bytes = new Uint8Array(values.length * width)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) {
    if (type === 'f32') view.setFloat32(i * width, values[i], true)
    else if (type === 'i64') view.setBigInt64(i * width, int64(values[i]), true)
    else if (type === 'i32') view.setInt32(i * width, values[i], true)
    else if (type === 'f16') view.setUint16(i * width, values[i], true)
    else view.setUint8(i, values[i])
  }
  return bytes
}

/** Converts to an int64. The largest int64 reads as 2^63, one too many. */
function int64(value: number): bigint {
  return value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value)
}

function readValue(reader: MessageReader): ValueDescription {
  let name = ''
  let value: Omit<ValueDescription, 'name'> | null = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) name = reader.text()
    else if (field === 2) value = readType(reader.message())
    else reader.skip()
  }
  if (value === null) throw reader.damaged(`"${name}", which is not a tensor`)
  return { name, ...value }
}

function readType(reader: MessageReader): Omit<ValueDescription, 'name'> | null {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) return readTensorType(reader.message())
    reader.skip()
  }
  return null
}

function readTensorType(reader: MessageReader): Omit<ValueDescription, 'name'> {
  let code = 0
  const shape: (number | string)[] = []
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) code = reader.integer()
    else if (field === 2) {
      const dimensions = reader.message()
      for (let inner = dimensions.next(); inner !== 0; inner = dimensions.next()) {
        if (inner === 1) shape.push(readDimension(dimensions.message()))
        else dimensions.skip()
      }
    } else reader.skip()
  }
  const type = ELEMENT_TYPES.get(code)
  if (type === undefined) throw reader.damaged(`an input or output of element type ${code}`)
  return { type, shape }
}

function readDimension(reader: MessageReader): number | string {
  let size: number | string = ''
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) size = reader.integer()
    else if (field === 2) size = reader.text()
    else reader.skip()
  }
  return size
}
