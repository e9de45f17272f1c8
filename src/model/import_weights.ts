/**
 * Weights out of an ONNX file, whichever exporter wrote it: linears are found by the names of the nodes
 * that multiply by them (they hold layer and projection in every exporter, initializer names do not),
 * norms and biases by their own names.
 */

import { ColloquyError } from '../errors'
import type { TensorData } from '../onnx/proto'
import { elementCount, floatsOf, type ModelDescription, type NodeDescription } from '../onnx/proto'
import { type Linear, linearShape, type ModelConfig } from './config'
import { BLOCK_SIZE, blockCount } from './quantize'
import { type BlockMatrix, type LayerWeights, type Matrix, type ModelWeights, transposed } from './weights'

const LINEAR_NODE =
  /layers\.(\d+)\/(?:self_attn|attn|mlp)\/(q|k|v|o|qkv|gate|up|down|gate_up)_proj\/MatMul[^/]*$/
const HEAD_NODE = /(?:^|\/)lm_head\/MatMul[^/]*$/

interface Shape {
  readonly out: number
  readonly in: number
}

/**
 * @param model with all its data in memory (see `folder.ts` for files next to it)
 * @param what the file, for errors
 * @throws ColloquyError 'model-file' naming the tensor that is missing or of another shape, 'model-architecture'
 *   where it is quantized in a way this engine lacks.
 */
export function importWeights(model: ModelDescription, config: ModelConfig, what: string): ModelWeights {
  const file = new WeightFile(model, what)
  const embedding = file.embedding({ out: config.vocabSize, in: config.hiddenSize })
  return {
    embedding,
    layers: Array.from({ length: config.layers }, (_, i) => importLayer(file, config, i)),
    finalNorm: file.vector(config.hiddenSize, [
      'model.norm.weight',
      `model.layers.${config.layers}.final_norm_layernorm.weight`,
    ]),
    head: config.tiedEmbeddings
      ? embedding
      : file.matrix('lm_head', { out: config.vocabSize, in: config.hiddenSize }),
  }
}

function importLayer(file: WeightFile, config: ModelConfig, index: number): LayerWeights {
  const layer = `model.layers.${index}`
  const { hiddenSize, headDim } = config
  const width = (which: Linear) => linearShape(config, which).out
  const separate = (which: Linear) => file.matrix(`${index}.${which}`, linearShape(config, which))
  const [q, k, v] = file.has(`${index}.qkv`)
    ? file.stacked(`${index}.qkv`, hiddenSize, [width('q'), width('k'), width('v')])
    : [separate('q'), separate('k'), separate('v')]
  const [gate, up] = file.has(`${index}.gate_up`)
    ? file.stacked(`${index}.gate_up`, hiddenSize, [width('gate'), width('up')])
    : [separate('gate'), separate('up')]
  const headNorm = (which: 'q' | 'k') =>
    config.qkNorm
      ? file.vector(headDim, [
          `${layer}.self_attn.${which}_norm.weight`,
          `${layer}.attn.${which}_norm.layernorm.weight`,
        ])
      : undefined
  return {
    linears: { q, k, v, o: separate('o'), gate, up, down: separate('down') },
    attentionNorm: file.vector(hiddenSize, [`${layer}.input_layernorm.weight`]),
    mlpNorm: file.vector(hiddenSize, [`${layer}.post_attention_layernorm.weight`]),
    biases: config.qkvBias ? importBiases(file, layer, width('q'), width('k')) : undefined,
    qNorm: headNorm('q'),
    kNorm: headNorm('k'),
  }
}

function importBiases(file: WeightFile, layer: string, q: number, kv: number): LayerWeights['biases'] {
  const stacked = `${layer}.attn.qkv_proj.Add.bias`
  if (file.hasTensor(stacked)) {
    const all = file.vector(q + 2 * kv, [stacked])
    return { q: all.slice(0, q), k: all.slice(q, q + kv), v: all.slice(q + kv) }
  }
  const bias = (which: string, size: number) =>
    file.vector(size, [`${layer}.self_attn.${which}_proj.bias`, `${layer}.attn.${which}_proj.Add.bias`])
  return { q: bias('q', q), k: bias('k', kv), v: bias('v', kv) }
}

/** The tensors of one file, by what they are for. */
class WeightFile {
  private readonly tensors: ReadonlyMap<string, TensorData>
  /** Multiplying nodes by `{layer}.{projection}` or `lm_head`. */
  private readonly linears = new Map<string, NodeDescription>()
  private readonly gather: NodeDescription | undefined

  constructor(
    model: ModelDescription,
    private readonly what: string,
  ) {
    const { nodes, initializers } = model.graph
    this.tensors = initializers
    for (const node of nodes) {
      if (node.op !== 'MatMul' && node.op !== 'MatMulNBits') continue
      const linear = LINEAR_NODE.exec(node.name)
      if (linear !== null) this.linears.set(`${linear[1]}.${linear[2]}`, node)
      else if (HEAD_NODE.test(node.name)) this.linears.set('lm_head', node)
    }
    this.gather = nodes.find(({ op, inputs }) => op === 'GatherBlockQuantized' && /embed/.test(inputs[0]))
  }

  has(linear: string): boolean {
    return this.linears.has(linear)
  }
  hasTensor(name: string): boolean {
    return this.tensors.has(name)
  }

  /** A vector under the first of these names that is there. */
  vector(size: number, names: readonly string[]): Float32Array {
    const name = names.find((candidate) => this.tensors.has(candidate)) ?? names[0]
    return this.floats(name, [size])
  }

  /** Weights that share a node, one below the other along the output. */
  stacked(linear: string, width: number, outs: readonly number[]): Matrix[] {
    const whole = this.matrix(linear, { in: width, out: outs.reduce((a, b) => a + b, 0) })
    let first = 0
    return outs.map((out) => {
      first += out
      return rowsOf(whole, first - out, out)
    })
  }

  matrix(linear: string, shape: Shape): Matrix {
    const node = this.linears.get(linear)
    if (node === undefined)
      throw this.wrong(`weight ${linear}`, 'no MatMul or MatMulNBits node named after it', 'one')
    const [, weight, scales, zeroPoints, order] = node.inputs
    if (node.op === 'MatMul') {
      const stored = this.floats(weight, [shape.in, shape.out])
      return { kind: 'f32', ...shape, data: transposed(stored, shape.in, shape.out) }
    }
    if (order) throw this.unsupported(`tensor "${weight}"`, 'reordered rows (g_idx)', 'rows in order')
    const K = integerOf(node, 'K')
    const N = integerOf(node, 'N')
    if (K !== shape.in || N !== shape.out)
      throw this.wrong(`tensor "${weight}"`, `(${N}, ${K})`, `(${shape.out}, ${shape.in})`)
    const bytes = (BLOCK_SIZE * this.bitsOf(node, weight)) / 8
    return this.blocks(node, shape, { weight, scales, zeroPoints }, [shape.out, blockCount(shape.in), bytes])
  }

  /** The table that token ids are looked up in. */
  embedding(shape: Shape): Matrix {
    if (this.gather === undefined) {
      const data = this.floats('model.embed_tokens.weight', [shape.out, shape.in])
      return { kind: 'f32', ...shape, data }
    }
    const [weight, , scales, zeroPoints] = this.gather.inputs
    const bits = this.bitsOf(this.gather, weight)
    const rowBytes = (blockCount(shape.in) * BLOCK_SIZE * bits) / 8
    return this.blocks(this.gather, shape, { weight, scales, zeroPoints }, [shape.out, rowBytes])
  }

  private blocks(
    node: NodeDescription,
    shape: Shape,
    names: { weight: string; scales: string; zeroPoints: string | undefined },
    wanted: readonly number[],
  ): BlockMatrix {
    const bits = this.bitsOf(node, names.weight)
    if (names.zeroPoints) this.expectSymmetric(names.weight, names.zeroPoints, bits)
    const packed = this.tensor(names.weight)
    if (packed.type !== 'u8' || packed.shape.join() !== wanted.join())
      throw this.wrong(`tensor "${names.weight}"`, show(packed), `u8 (${wanted.join(', ')})`)
    const count = shape.out * blockCount(shape.in)
    const scales = this.tensor(names.scales)
    if ((scales.type !== 'f32' && scales.type !== 'f16') || elementCount(scales.shape) !== count)
      throw this.wrong(`tensor "${names.scales}"`, show(scales), `${count} f32 or f16 scales`)
    return { kind: 'blocks', bits, ...shape, packed: packed.data.slice(), scales: floatsOf(scales).slice() }
  }

  private bitsOf(node: NodeDescription, weight: string): 4 | 8 {
    const bits = integerOf(node, 'bits') ?? 4
    const size = integerOf(node, 'block_size') ?? 128
    if (size !== BLOCK_SIZE || (bits !== 4 && bits !== 8))
      throw this.unsupported(
        `tensor "${weight}"`,
        `${bits} bits in blocks of ${size}`,
        `4 or 8 bits in blocks of ${BLOCK_SIZE}`,
      )
    return bits
  }

  /** Zero points are fine where all are the one that is meant when there are none. */
  private expectSymmetric(weight: string, name: string, bits: 4 | 8): void {
    const { type, data } = this.tensor(name)
    const middle = bits === 4 ? 0x88 : 0x80
    if (type !== 'u8' || !data.every((byte) => byte === middle))
      throw this.unsupported(`tensor "${weight}"`, `zero points ("${name}")`, 'symmetric quantization')
  }

  private floats(name: string, shape: readonly number[]): Float32Array {
    const tensor = this.tensor(name)
    if ((tensor.type !== 'f32' && tensor.type !== 'f16') || tensor.shape.join() !== shape.join())
      throw this.wrong(`tensor "${name}"`, show(tensor), `f32 or f16 (${shape.join(', ')})`)
    return floatsOf(tensor).slice()
  }

  private tensor(name: string): TensorData {
    const tensor = this.tensors.get(name)
    if (tensor === undefined) throw this.wrong(`tensor "${name}"`, 'none in the file', 'one')
    return tensor
  }

  private wrong(tensor: string, found: string, wanted: string): ColloquyError {
    const todo = 'Use the model_q4.onnx that belongs to this config.json'
    return new ColloquyError({ code: 'model-file', what: `${this.what}, ${tensor}`, found, wanted, todo })
  }

  private unsupported(tensor: string, found: string, wanted: string): ColloquyError {
    const what = `${this.what}, ${tensor}`
    const todo = `Quantize with 4 or 8 bits, blocks of ${BLOCK_SIZE}, symmetric`
    return new ColloquyError({ code: 'model-architecture', what, found, wanted, todo })
  }
}

function show(tensor: TensorData): string {
  return `${tensor.type} (${tensor.shape.join(', ')})`
}

function integerOf(node: NodeDescription, name: string): number | undefined {
  const attribute = node.attributes[name]
  return attribute !== undefined && 'int' in attribute ? attribute.int : undefined
}

/** Rows [first, first + out) of a matrix. */
function rowsOf(matrix: Matrix, first: number, out: number): Matrix {
  const cut = <T extends Float32Array | Uint8Array>(data: T, perRow: number): T =>
    data.slice(first * perRow, (first + out) * perRow) as T
  if (matrix.kind === 'f32') return { ...matrix, out, data: cut(matrix.data, matrix.in) }
  const blocks = blockCount(matrix.in)
  const bytes = (BLOCK_SIZE * matrix.bits) / 8
  return { ...matrix, out, packed: cut(matrix.packed, blocks * bytes), scales: cut(matrix.scales, blocks) }
}
