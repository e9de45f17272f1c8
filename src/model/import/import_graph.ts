/**
 * Finds the weights in an ONNX file of any exporter. Matrices are found by the names of the nodes that
 * multiply by them, which hold layer and projection in every exporter, or else by their own names. Norms and
 * biases are found by their own names, or else by their nodes'. Nodes between a product and its weights, such
 * as a transposition, are followed. Nothing here reads data.
 */

import { elementCount, type GraphDescription, type NodeDescription, type TensorData } from '../../onnx/proto'
import { unsupportedWeight, wrongWeight } from './import_fields'

/** A matrix W (out, in) as a file stores it, by the names of its tensors. */
export type StoredMatrix =
  | { readonly kind: 'floats'; readonly tensor: string; readonly transposed: boolean }
  | {
      /** Blocks along `in` with one scale each, as in com.microsoft.MatMulNBits and GatherBlockQuantized. */
      readonly kind: 'blocks'
      readonly packed: string
      readonly scales: string
      readonly zeroPoints: string | null
      readonly bits: 4 | 8
      readonly blockSize: number
    }
  | {
      /** Bytes with one scale, or one per output. */
      readonly kind: 'integers'
      readonly tensor: string
      readonly scale: string
      readonly zeroPoint: string | null
      /** True where it is stored as (in, out). */
      readonly transposed: boolean
    }

/** A norm's weight by its tensor, and what the file adds to it before it multiplies. */
export interface StoredNorm {
  readonly tensor: string
  readonly added: 0 | 1
}

/** Operators whose second input can be a weight. */
const PRODUCTS = ['MatMul', 'MatMulNBits', 'MatMulInteger']
/** Operators that change a weight's storage but not its values. */
const SAME_VALUES = ['Cast', 'Identity', 'Reshape']

const OWN = '(?:self_attn|attn|mlp)[./](?:q|k|v|o|qkv|gate|up|down|gate_up)_proj'
const MODULE = `${OWN}|shared_mlp[./](?:in|out)put_linear`
const PROJECTION = String.raw`layers[./](\d+)[./](${MODULE})`
const LINEAR_NODE = new RegExp(`${PROJECTION}/MatMul[^/]*$`)
const LINEAR_TENSOR = new RegExp(String.raw`${PROJECTION}\.(?:MatMul\.)?weight`)
const BIAS_NODE = new RegExp(`${PROJECTION}/Add[^/]*$`)
const BIAS_TENSOR = new RegExp(String.raw`${PROJECTION}\.(?:MatMul\.|Add\.)?bias$`)
const ANY_NODE = new RegExp(`${PROJECTION}/`)
const HEAD_NODE = /(?:^|\/)lm_head\/MatMul[^/]*$/
const HEAD_TENSOR = /^lm_head\.(?:MatMul\.)?weight/

/** Returns `{layer}.{projection}` of a match of `PROJECTION`. */
function linearOf([, layer, module]: RegExpExecArray): string {
  const name = module.slice(module.search(/[./]/) + 1)
  // Granite 4.0's names.
  const projection = { input_linear: 'gate_up', output_linear: 'down' }[name] ?? name.replace(/_proj$/, '')
  return `${layer}.${projection}`
}

export class WeightGraph {
  private readonly tensors: ReadonlyMap<string, TensorData>
  private readonly producers = new Map<string, NodeDescription>()
  /** Multiplying nodes by `{layer}.{projection}` or `lm_head`. */
  private readonly products = new Map<string, NodeDescription>()
  /** Initializers by `{layer}.{projection}`. */
  private readonly biases = new Map<string, string>()

  constructor(
    private readonly graph: GraphDescription,
    private readonly what: string,
  ) {
    this.tensors = graph.initializers
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.producers.set(output, node)
      if (!PRODUCTS.includes(node.op)) continue
      const weight = node.inputs[1]
      const linear = LINEAR_NODE.exec(node.name) ?? LINEAR_TENSOR.exec(weight)
      const key = linear && linearOf(linear)
      if (key !== null) {
        this.products.set(key, node)
        if (node.op === 'MatMulNBits' && node.inputs[5]) this.biases.set(key, node.inputs[5])
      } else if (HEAD_NODE.test(node.name) || HEAD_TENSOR.test(weight)) this.products.set('lm_head', node)
    }
    for (const name of this.tensors.keys()) this.noteBias(BIAS_TENSOR.exec(name), name)
    for (const node of graph.nodes)
      if (node.op === 'Add')
        this.noteBias(
          BIAS_NODE.exec(node.name),
          node.inputs.find((x) => this.tensors.has(x)),
        )
  }

  private noteBias(match: RegExpExecArray | null, tensor: string | undefined): void {
    if (match === null || tensor === undefined) return
    const key = linearOf(match)
    if (!this.biases.has(key)) this.biases.set(key, tensor)
  }

  has(linear: string): boolean {
    return this.products.has(linear)
  }

  /** Keys of the linears that have a bias. */
  biased(): Iterable<string> {
    return this.biases.keys()
  }
  bias(linear: string): string | undefined {
    return this.biases.get(linear)
  }

  /** Returns a tensor of the file. @throws ColloquyError 'model-file' where there is none */
  tensor(name: string): TensorData {
    const tensor = this.tensors.get(name)
    if (tensor !== undefined) return tensor
    const op = this.producers.get(name)?.op
    throw wrongWeight(
      `${this.what}, tensor "${name}"`,
      op === undefined ? 'none in the file' : `the result of ${op}`,
      'a tensor in the file',
    )
  }

  /**
   * Finds a norm: the first of these names that exists, or a weight of this size that the node at this path
   * reads. Gemma's (1 + w) is an Add in some files, and in the tensor's values in others.
   */
  norm(size: number, names: readonly string[], path: string): StoredNorm {
    const named = names.find((name) => this.tensors.has(name))
    if (named !== undefined) {
      const offset = this.graph.nodes.some(({ op, inputs }) => op === 'Add' && inputs.includes(named))
      return { tensor: named, added: offset ? 1 : 0 }
    }
    const isNorm = (name: string) => {
      const tensor = this.tensors.get(name)
      return tensor?.shape.length === 1 && elementCount(tensor.shape) === size
    }
    for (const node of this.graph.nodes) {
      const weight = node.name.includes(path) ? node.inputs.find(isNorm) : undefined
      if (weight !== undefined) return { tensor: weight, added: 0 }
    }
    return { tensor: names[0], added: 0 }
  }

  /** Returns how a linear's matrix is stored. @param linear `{layer}.{projection}` or `lm_head` */
  linear(linear: string): StoredMatrix {
    const node = this.products.get(linear)
    if (node === undefined) throw this.noProduct(linear)
    const [, weight, scales, zeroPoints, order] = node.inputs
    if (node.op === 'MatMul') return this.matrix(weight, true)
    if (node.op === 'MatMulInteger') return this.dynamicallyQuantized(weight, zeroPoints)
    if (order) throw this.unsupported(weight, 'reordered rows (g_idx)', 'rows in order')
    return this.blocks(node, weight, scales, zeroPoints)
  }

  /** Returns the widths that MatMulNBits states; its packed tensor alone does not give them. */
  statedShape(linear: string): { readonly in: number; readonly out: number } | null {
    const node = this.products.get(linear)
    if (node?.op !== 'MatMulNBits') return null
    return { in: integerOf(node, 'K') ?? 0, out: integerOf(node, 'N') ?? 0 }
  }

  /** Returns how the embedding, which token ids are looked up in, is stored. */
  embedding(): StoredMatrix {
    const node = this.graph.nodes.find(
      ({ op, name, inputs }) =>
        (op === 'Gather' || op === 'GatherBlockQuantized') && /embed_tokens/.test(`${name} ${inputs[0]}`),
    )
    if (node === undefined) return { kind: 'floats', tensor: 'model.embed_tokens.weight', transposed: false }
    const [weight, , scales, zeroPoints] = node.inputs
    if (node.op === 'Gather') {
      const scaled = this.scaledAfter(node)
      return scaled
        ? this.integers(weight, scaled.scale, scaled.zeroPoint, false)
        : this.matrix(weight, false)
    }
    const axes = [integerOf(node, 'gather_axis') ?? 0, integerOf(node, 'quantize_axis') ?? 1]
    if (axes.join() !== '0,1')
      throw this.unsupported(weight, `gather and quantize axes ${axes.join(', ')}`, '0, 1')
    return this.blocks(node, weight, scales, zeroPoints)
  }

  /** Returns a matrix of float arithmetic. @param transposed whether `name` is W^T (in, out) */
  private matrix(name: string, transposed: boolean): StoredMatrix {
    const node = this.producers.get(name)
    if (node?.op === 'Transpose') return this.matrix(node.inputs[0], !transposed)
    if (node && SAME_VALUES.includes(node.op)) return this.matrix(node.inputs[0], transposed)
    if (node?.op === 'DequantizeLinear') {
      const [tensor, scale, zeroPoint] = node.inputs
      const perTensor = elementCount(this.tensor(this.origin(scale)).shape) === 1
      const axis = integerOf(node, 'axis') ?? 1
      if (integerOf(node, 'block_size') || !(perTensor || (axis === 0) === !transposed))
        throw this.unsupported(
          tensor,
          'DequantizeLinear in blocks or per input',
          'one scale, or one per output',
        )
      return this.integers(tensor, scale, zeroPoint || null, transposed)
    }
    this.tensor(name)
    return { kind: 'floats', tensor: name, transposed }
  }

  private integers(name: string, scale: string, zeroPoint: string | null, transposed: boolean): StoredMatrix {
    const node = this.producers.get(name)
    if (node?.op === 'Transpose') return this.integers(node.inputs[0], scale, zeroPoint, !transposed)
    return {
      kind: 'integers',
      tensor: this.origin(name),
      scale: this.origin(scale),
      zeroPoint: zeroPoint && this.origin(zeroPoint),
      transposed,
    }
  }

  /**
   * Returns a matrix of onnxruntime's quantize_dynamic. Its scale is applied after the product and found by
   * name.
   */
  private dynamicallyQuantized(weight: string, zeroPoint: string | undefined): StoredMatrix {
    const node = this.producers.get(weight)
    const quantized = node?.op === 'Transpose' ? node.inputs[0] : weight
    const scale = quantized.replace(/_quantized$/, '_scale')
    this.tensor(scale)
    return this.integers(weight, scale, zeroPoint || null, true)
  }

  /** Returns the scale of integers after a look-up: of DequantizeLinear, or of Cast, Sub and Mul. */
  private scaledAfter(gather: NodeDescription): { scale: string; zeroPoint: string | null } | null {
    let zeroPoint: string | null = null
    let at = gather.outputs[0]
    for (;;) {
      const next = this.graph.nodes.find(({ inputs }) => inputs.includes(at))
      if (next?.op === 'DequantizeLinear') return { scale: next.inputs[1], zeroPoint: next.inputs[2] || null }
      const constant = next?.inputs.find((name) => this.tensors.has(this.originOf(name)))
      if (next?.op === 'Mul' && constant !== undefined) return { scale: constant, zeroPoint }
      if (next?.op === 'Sub' && constant !== undefined) zeroPoint = constant
      else if (next?.op !== 'Cast') return null
      at = next.outputs[0]
    }
  }

  private blocks(node: NodeDescription, weight: string, scales: string, zeroPoints?: string): StoredMatrix {
    const bits = integerOf(node, 'bits') ?? 4
    const blockSize = integerOf(node, 'block_size') ?? 128
    if (bits !== 4 && bits !== 8)
      throw this.unsupported(weight, `${bits} bits in blocks of ${blockSize}`, '4 or 8 bits')
    return {
      kind: 'blocks',
      packed: this.origin(weight),
      scales: this.origin(scales),
      zeroPoints: zeroPoints ? this.origin(zeroPoints) : null,
      bits,
      blockSize,
    }
  }

  /** Returns the file's tensor that has a value's data, perhaps with another type and shape. */
  private origin(name: string): string {
    const found = this.originOf(name)
    this.tensor(found)
    return found
  }
  private originOf(name: string): string {
    const node = this.producers.get(name)
    return node && SAME_VALUES.includes(node.op) ? this.originOf(node.inputs[0]) : name
  }

  private noProduct(linear: string) {
    const other = this.graph.nodes.find(({ name, inputs }) => {
      const match = ANY_NODE.exec(name)
      return match && linearOf(match) === linear && inputs.some((input) => this.tensors.has(input))
    })
    const what = `${this.what}, weight ${linear}`
    const wanted = `one of ${PRODUCTS.join(', ')}`
    return other && other.op !== 'Add'
      ? unsupportedWeight(what, `operator ${other.op} ("${other.name}")`, wanted)
      : wrongWeight(what, 'no product named after it', wanted)
  }

  private unsupported(tensor: string, found: string, wanted: string) {
    return unsupportedWeight(`${this.what}, tensor "${tensor}"`, found, wanted)
  }
}

function integerOf(node: NodeDescription, name: string): number | undefined {
  const attribute = node.attributes[name]
  return attribute !== undefined && 'int' in attribute ? attribute.int : undefined
}
