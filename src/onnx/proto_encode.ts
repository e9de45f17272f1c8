import { ELEMENT_CODES, type TensorData } from './proto_tensor'
import type {
  Attribute,
  GraphDescription,
  ModelDescription,
  NodeDescription,
  ValueDescription,
} from './proto_types'
import { MessageWriter } from './proto_wire'

/** Codes of AttributeProto.AttributeType. */
const ATTRIBUTE_CODES = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const

/** Returns the bytes of a `.onnx` file. The graph comes last, so no truncated file is valid. */
export function encodeModel(model: ModelDescription): Uint8Array<ArrayBuffer> {
  const out = new MessageWriter()
  out.integer(1, model.irVersion)
  out.text(2, model.producer)
  for (const [domain, version] of Object.entries(model.opsets)) {
    out.message(8, (opset) => {
      if (domain !== '') opset.text(1, domain)
      opset.integer(2, version)
    })
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) out.message(14, entry(key, value))
  out.message(7, (graph) => writeGraph(graph, model.graph))
  return out.finish()
}

function entry(key: string, value: string): (out: MessageWriter) => void {
  return (out) => {
    out.text(1, key)
    out.text(2, value)
  }
}

function writeGraph(out: MessageWriter, graph: GraphDescription): void {
  for (const node of graph.nodes) out.message(1, (inner) => writeNode(inner, node))
  out.text(2, graph.name)
  for (const [name, tensor] of graph.initializers) out.message(5, (inner) => writeTensor(inner, tensor, name))
  for (const value of graph.inputs) out.message(11, (inner) => writeValue(inner, value))
  for (const value of graph.outputs) out.message(12, (inner) => writeValue(inner, value))
}

function writeNode(out: MessageWriter, node: NodeDescription): void {
  for (const input of node.inputs) out.text(1, input)
  for (const output of node.outputs) out.text(2, output)
  if (node.name !== '') out.text(3, node.name)
  out.text(4, node.op)
  for (const [name, attribute] of Object.entries(node.attributes))
    out.message(5, (inner) => writeAttribute(inner, name, attribute))
  if (node.domain !== '') out.text(7, node.domain)
}

function writeAttribute(out: MessageWriter, name: string, attribute: Attribute): void {
  out.text(1, name)
  if ('int' in attribute) {
    out.integer(3, attribute.int)
    out.integer(20, ATTRIBUTE_CODES.int)
  } else if ('ints' in attribute) {
    for (const value of attribute.ints) out.integer(8, value)
    out.integer(20, ATTRIBUTE_CODES.ints)
  } else if ('float' in attribute) {
    out.float32(2, attribute.float)
    out.integer(20, ATTRIBUTE_CODES.float)
  } else if ('floats' in attribute) {
    for (const value of attribute.floats) out.float32(7, value)
    out.integer(20, ATTRIBUTE_CODES.floats)
  } else if ('string' in attribute) {
    out.text(4, attribute.string)
    out.integer(20, ATTRIBUTE_CODES.string)
  } else if ('strings' in attribute) {
    for (const value of attribute.strings) out.text(9, value)
    out.integer(20, ATTRIBUTE_CODES.strings)
  } else if ('tensor' in attribute) {
    out.message(5, (inner) => writeTensor(inner, attribute.tensor, ''))
    out.integer(20, ATTRIBUTE_CODES.tensor)
  } else {
    out.message(6, (inner) => writeGraph(inner, attribute.graph))
    out.integer(20, ATTRIBUTE_CODES.graph)
  }
}

function writeTensor(out: MessageWriter, tensor: TensorData, name: string): void {
  out.integers(1, tensor.shape)
  out.integer(2, ELEMENT_CODES[tensor.type])
  if (name !== '') out.text(8, name)
  const { external } = tensor
  if (external === undefined) {
    out.delimited(9, tensor.data)
    return
  }
  out.message(13, entry('location', external.location))
  out.message(13, entry('offset', String(external.offset)))
  if (external.length !== null) out.message(13, entry('length', String(external.length)))
  out.integer(14, 1)
}

function writeValue(out: MessageWriter, value: ValueDescription): void {
  out.text(1, value.name)
  out.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, ELEMENT_CODES[value.type])
      tensor.message(2, (shape) => {
        for (const size of value.shape) {
          shape.message(1, (dimension) => {
            if (typeof size === 'number') dimension.integer(1, size)
            else if (size !== '') dimension.text(2, size)
          })
        }
      })
    }),
  )
}
