import { ColloquyError } from '../errors'
import { toHalves } from './half'
import type {
  Attribute,
  ElementType,
  FloatType,
  GraphDescription,
  ModelDescription,
  NodeDescription,
  TensorData,
  ValueDescription,
} from './proto'
import { ELEMENT_BYTES } from './proto_tensor'
import type { Dim, Shape } from './shape'
import { showShape } from './shape'

/** A tensor in a graph under construction. */
export interface Value {
  readonly name: string
  readonly type: ElementType
  readonly shape: Shape
}

/** A node as autodiff sees it. Operands are values, so rules can read shapes. */
export interface GraphNode {
  readonly op: string
  readonly domain: string
  readonly name: string
  readonly inputs: readonly (Value | null)[]
  readonly outputs: readonly Value[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/**
 * Nodes numbered `from` to `to` - 1 with one known gradient, so that autodiff does not derive it node by
 * node. Gradients may depend only on `inputs`, and only `output` may be used outside.
 */
export interface Region {
  readonly from: number
  readonly to: number
  readonly inputs: readonly Value[]
  readonly output: Value
  /** Appends the gradients of `inputs`, given that of `output`. */
  readonly gradient: (dy: Value) => readonly Value[]
}

/** Operator set versions of every graph we emit. ORT 1.31 implements ai.onnx 20 on both backends. */
export const OPSETS = { '': 20, 'com.microsoft': 1 } as const

/** Names values and nodes of one model uniquely, across a graph and its loops' bodies. */
class Names {
  private readonly used = new Set<string>()
  take(wanted: string): string {
    let name = wanted
    for (let i = 1; this.used.has(name); i++) name = `${wanted}_${i}`
    this.used.add(name)
    return name
  }
}

/**
 * Emits an ONNX graph. It infers shapes as nodes are added (see `ops.ts`), so a mistake is an error here that
 * names node and shapes, not an error of the runtime. It uses neither ORT nor the DOM.
 */
export class GraphBuilder {
  readonly nodes: GraphNode[] = []
  readonly regions: Region[] = []
  private readonly inputs: Value[] = []
  private readonly outputs: { value: Value; name: string }[] = []
  private readonly initializers = new Map<string, TensorData>()
  private readonly constants = new Map<string, Value>()
  private readonly names: Names

  constructor(
    readonly name: string,
    parent?: GraphBuilder,
  ) {
    this.names = parent ? parent.names : new Names()
  }

  /** Returns all values so far: inputs, initializers, and nodes' outputs. */
  values(): Value[] {
    const stored = [...this.initializers].map(([name, { type, shape }]) => ({ name, type, shape }))
    return [...this.inputs, ...stored, ...this.nodes.flatMap(({ outputs }) => outputs)]
  }

  /** Returns a builder for a loop body, which may use this graph's values by name. */
  body(name: string): GraphBuilder {
    return new GraphBuilder(name, this)
  }

  /** Returns a name like `wanted` that this model does not use yet. */
  freeName(wanted: string): string {
    return this.names.take(wanted)
  }

  input(name: string, type: ElementType, shape: Shape): Value {
    const value = { name: this.names.take(name), type, shape }
    if (value.name !== name) throw graphError(`input ${name}`, 'a name already in use', 'a new name')
    this.inputs.push(value)
    return value
  }

  /** Adds a tensor stored in the model, as raw little-endian bytes. */
  initializer(name: string, tensor: TensorData): Value {
    const size = tensor.shape.reduce((a, b) => a * b, 1) * ELEMENT_BYTES[tensor.type]
    if (tensor.data.byteLength !== size)
      throw graphError(`initializer ${name}`, `${tensor.data.byteLength} bytes`, `${size} bytes`)
    const value = { name: this.names.take(name), type: tensor.type, shape: tensor.shape }
    this.initializers.set(value.name, tensor)
    return value
  }

  /** Adds an f32 or f16 constant; shape [] is a scalar. Equal constants are stored once. */
  floats(
    values: readonly number[],
    shape: readonly number[] = [values.length],
    type: FloatType = 'f32',
  ): Value {
    return this.constant(type, shape, type === 'f32' ? new Float32Array(values) : toHalves(values))
  }

  /** Adds an i64 constant. */
  ints(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    return this.constant('i64', shape, new BigInt64Array(values.map((value) => BigInt(value))))
  }

  private constant(type: ElementType, shape: readonly number[], data: ArrayBufferView): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const key = `${type}:${shape.join()}:${bytes.join()}`
    const known = this.constants.get(key)
    if (known) return known
    const value = this.initializer(`constant_${type}`, { type, shape, data: bytes })
    this.constants.set(key, value)
    return value
  }

  /** Appends a node whose output types and shapes the caller has inferred. */
  add(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: readonly { type: ElementType; shape: Shape }[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: { domain?: string; name?: string } = {},
  ): Value[] {
    const name = this.names.take(options.name ?? op)
    const values = outputs.map(({ type, shape }, i) => ({
      name: this.names.take(outputs.length === 1 ? `${name}:0` : `${name}:${i}`),
      type,
      shape,
    }))
    this.nodes.push({ op, domain: options.domain ?? '', name, inputs, outputs: values, attributes })
    return values
  }

  /** Appends the nodes of `forward`, with their own gradient rule (see `Region`). */
  withGradient(
    inputs: readonly Value[],
    forward: () => Value,
    gradient: (dy: Value) => readonly Value[],
  ): Value {
    const from = this.nodes.length
    const output = forward()
    this.regions.push({ from, to: this.nodes.length, inputs, output, gradient })
    return output
  }

  /** Marks a value as an output under this name. */
  output(name: string, value: Value): void {
    if (this.names.take(name) !== name)
      throw graphError(`output ${name}`, 'a name already in use', 'a new name')
    this.outputs.push({ value, name })
  }

  /**
   * Describes the graph. Nodes write outputs directly. An Identity writes an output that is an input or an
   * initializer, and the second of two outputs that are the same value.
   */
  describe(): GraphDescription {
    const made = new Set(this.nodes.flatMap(({ outputs }) => outputs.map(({ name }) => name)))
    const renamed = new Map<string, string>()
    const identities: NodeDescription[] = []
    for (const { value, name } of this.outputs)
      if (made.has(value.name) && !renamed.has(value.name)) renamed.set(value.name, name)
      else
        identities.push({
          op: 'Identity',
          domain: '',
          name: this.names.take(`output ${name}`),
          inputs: [value.name],
          outputs: [name],
          attributes: {},
        })
    const nodes = this.nodes.map((node) => ({
      op: node.op,
      domain: node.domain,
      name: node.name,
      inputs: node.inputs.map((value) => value?.name ?? ''),
      outputs: node.outputs.map((value) => value.name),
      attributes: node.attributes,
    }))
    return {
      name: this.name,
      inputs: this.inputs.map(describeValue),
      outputs: this.outputs.map(({ value, name }) => ({ ...describeValue(value), name })),
      nodes: [...nodes, ...identities].map((node) => renameValues(node, renamed)),
      initializers: this.initializers,
    }
  }

  build(): ModelDescription {
    return { graph: this.describe(), opsets: OPSETS, irVersion: 9, producer: 'colloquy' }
  }
}

/** Returns names that the bodies of a node's loops read, including names they define themselves. */
export function namesInBodies(attributes: NodeDescription['attributes']): string[] {
  const bodies = Object.values(attributes).flatMap((value) => ('graph' in value ? value.graph.nodes : []))
  return bodies.flatMap((node) => [...node.inputs, ...namesInBodies(node.attributes)])
}

/** Replaces names in a node and in the graphs inside it. */
function renameValues(node: NodeDescription, names: ReadonlyMap<string, string>): NodeDescription {
  const rename = (name: string) => names.get(name) ?? name
  const attributes = Object.entries(node.attributes).map(([key, attribute]) => {
    if (!('graph' in attribute)) return [key, attribute]
    const { graph } = attribute
    const nodes = graph.nodes.map((inner) => renameValues(inner, names))
    const outputs = graph.outputs.map((output) => ({ ...output, name: rename(output.name) }))
    return [key, { graph: { ...graph, nodes, outputs } }]
  })
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: Object.fromEntries(attributes),
  }
}

function describeValue({ name, type, shape }: Value): ValueDescription {
  return { name, type, shape }
}

/** Creates a `graph` error: operands that do not fit. */
export function graphError(what: string, found: string, wanted: string): ColloquyError {
  return new ColloquyError({
    code: 'graph',
    what,
    found,
    wanted,
    todo: 'Fix the code that builds this graph',
  })
}

/** Describes operands for error messages: `a [2, 3] x b [4]`. */
export function showOperands(values: readonly (Value | null)[]): string {
  return values.map((value) => (value ? `${value.type} ${showShape(value.shape)}` : 'nothing')).join(' x ')
}

export type { Dim, Shape }
