/**
 * One decoder layer as graph nodes. Everything that differs between layers (weights, LoRA) comes in as
 * graph inputs, so one graph serves all layers by rebinding. Prefill, decode, training and the exported
 * model emit their layers here and nowhere else.
 */
import type { GraphBuilder, Value } from '../onnx/graph'
import * as ops from '../onnx/ops'
import type { Attend } from './attention'
import { type Linear, linearShape, type ModelConfig, perLinear } from './config'
import type { LoraPair } from './lora'
import type { Matrix } from './weights'

/** A weight matrix inside a graph. Dense ones are stored transposed: (in, out), as MatMul wants. */
export type GraphMatrix =
  | { readonly kind: 'f32'; readonly weight: Value }
  | ({ readonly kind: 'blocks' } & ops.BlockOperand)

/** The parameters of one layer as graph values. */
export interface GraphLayer {
  readonly linears: Readonly<Record<Linear, GraphMatrix>>
  readonly attentionNorm: Value
  readonly mlpNorm: Value
  readonly biases?: Readonly<Record<'q' | 'k' | 'v', Value>>
  readonly qNorm?: Value
  readonly kNorm?: Value
  /** The LoRA that is not part of a weight already, and the factor alpha / r. */
  readonly lora?: { readonly scale: number; readonly pairs: Readonly<Partial<Record<Linear, LoraPair>>> }
}

/** Rotary tables (P, D/2) and the positions of the rows (B, S). */
export interface Rotary {
  readonly positions: Value
  readonly cos: Value
  readonly sin: Value
}

/** y = x W^T, plus (alpha / r) (x A) B where the layer has LoRA, plus bias. */
function linear(b: GraphBuilder, layer: GraphLayer, which: Linear, x: Value, name: string): Value {
  const matrix = layer.linears[which]
  let y =
    matrix.kind === 'f32'
      ? ops.matMul(b, x, matrix.weight, `${name}/MatMul`)
      : ops.matMulNBits(b, x, matrix, `${name}/MatMul_Q${matrix.bits}`)
  const pair = layer.lora?.pairs[which]
  if (layer.lora && pair)
    y = ops.add(b, y, ops.matMul(b, ops.scale(b, ops.matMul(b, x, pair.a), layer.lora.scale), pair.b))
  const bias = which === 'q' || which === 'k' || which === 'v' ? layer.biases?.[which] : undefined
  return bias ? ops.add(b, y, bias) : y
}

/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis. */
export function rmsNorm(b: GraphBuilder, x: Value, weight: Value, epsilon: number): Value {
  const meanSquare = ops.reduceMean(b, ops.mul(b, x, x), [-1], true)
  const inverse = ops.reciprocal(b, ops.sqrt(b, ops.add(b, meanSquare, b.floats([epsilon], []))))
  return ops.mul(b, ops.mul(b, x, inverse), weight)
}

/** (B, S, heads D) -> (B, heads, S, D). */
function splitHeads(b: GraphBuilder, x: Value, heads: number, headDim: number): Value {
  const [batch, length] = x.shape
  return ops.transpose(b, ops.reshape(b, x, [batch, length, heads, headDim]), [0, 2, 1, 3])
}

/**
 * The layer: x (B, S, H) -> y (B, S, H).
 * @param attend what the tokens see: those of their own row, or a KV cache as well (see `attention.ts`)
 * @param name prefix of node names, `/model/layers.0` by hub convention
 */
export function decoderLayer(
  b: GraphBuilder,
  config: ModelConfig,
  layer: GraphLayer,
  x: Value,
  rotary: Rotary,
  attend: Attend,
  name = '/model/layers',
): Value {
  const { heads, kvHeads, headDim, rmsNormEpsilon: epsilon } = config
  const [batch, length] = x.shape

  const normed = rmsNorm(b, x, layer.attentionNorm, epsilon)
  let q = splitHeads(b, linear(b, layer, 'q', normed, `${name}/self_attn/q_proj`), heads, headDim)
  let k = splitHeads(b, linear(b, layer, 'k', normed, `${name}/self_attn/k_proj`), kvHeads, headDim)
  const v = splitHeads(b, linear(b, layer, 'v', normed, `${name}/self_attn/v_proj`), kvHeads, headDim)
  if (layer.qNorm) q = rmsNorm(b, q, layer.qNorm, epsilon)
  if (layer.kNorm) k = rmsNorm(b, k, layer.kNorm, epsilon)
  q = ops.rotary(b, q, rotary.positions, rotary.cos, rotary.sin)
  k = ops.rotary(b, k, rotary.positions, rotary.cos, rotary.sin)
  const own = { kT: ops.transpose(b, k, [0, 1, 3, 2]), v }
  const mixed = attend(ops.scale(b, q, 1 / Math.sqrt(headDim)), own)
  const merged = ops.transpose(b, mixed, [0, 2, 1, 3])
  const joined = ops.reshape(b, merged, [batch, length, heads * headDim])
  const h = ops.add(b, x, linear(b, layer, 'o', joined, `${name}/self_attn/o_proj`))

  const normed2 = rmsNorm(b, h, layer.mlpNorm, epsilon)
  const gate = linear(b, layer, 'gate', normed2, `${name}/mlp/gate_proj`)
  const up = linear(b, layer, 'up', normed2, `${name}/mlp/up_proj`)
  const activated = ops.mul(b, ops.mul(b, gate, ops.sigmoid(b, gate)), up)
  return ops.add(b, h, linear(b, layer, 'down', activated, `${name}/mlp/down_proj`))
}

/** How the matrices of a model are stored: what a graph that takes them as inputs needs to know. */
export type MatrixFormat = 'f32' | 'q4' | 'q8'

export function formatOf(matrix: Matrix): MatrixFormat {
  return matrix.kind === 'f32' ? 'f32' : matrix.bits === 4 ? 'q4' : 'q8'
}

/** Declares a matrix as graph inputs: `name` (in, out) in f32, or `name.packed` and `name.scales`. */
export function matrixInput(
  b: GraphBuilder,
  name: string,
  format: MatrixFormat,
  shape: { in: number; out: number },
): GraphMatrix {
  if (format === 'f32') return { kind: 'f32', weight: b.input(name, 'f32', [shape.in, shape.out]) }
  return { kind: 'blocks', ...blocksInput(b, name, format, shape) }
}

/** Rows that are looked up, or that hidden states are multiplied with (embedding, head): dense ones are not transposed, (out, in). */
export type GraphTable =
  | { readonly kind: 'f32'; readonly rows: Value }
  | ({ readonly kind: 'blocks' } & ops.BlockOperand)

/** Declares a table as graph inputs: `name` (out, in) in f32, or as `matrixInput`. */
export function tableInput(
  b: GraphBuilder,
  name: string,
  format: MatrixFormat,
  shape: { in: number; out: number },
): GraphTable {
  if (format === 'f32') return { kind: 'f32', rows: b.input(name, 'f32', [shape.out, shape.in]) }
  return { kind: 'blocks', ...blocksInput(b, name, format, shape) }
}

function blocksInput(
  b: GraphBuilder,
  name: string,
  format: 'q4' | 'q8',
  shape: { in: number; out: number },
): ops.BlockOperand {
  const bits = format === 'q4' ? 4 : 8
  const blocks = Math.ceil(shape.in / 32)
  return {
    bits,
    ...shape,
    packed: b.input(`${name}.packed`, 'u8', [shape.out, blocks, (32 * bits) / 8]),
    scales: b.input(`${name}.scales`, 'f32', [shape.out * blocks]),
  }
}

/** Declares the frozen weights of a layer as graph inputs named `{prefix}q`, `{prefix}attention_norm` … */
export function layerInputs(
  b: GraphBuilder,
  config: ModelConfig,
  formats: Readonly<Record<Linear, MatrixFormat>>,
  prefix = '',
): GraphLayer {
  const { hiddenSize, headDim } = config
  const bias = (which: 'q' | 'k' | 'v') =>
    b.input(`${prefix}${which}.bias`, 'f32', [linearShape(config, which).out])
  return {
    linears: perLinear((which) =>
      matrixInput(b, `${prefix}${which}`, formats[which], linearShape(config, which)),
    ),
    attentionNorm: b.input(`${prefix}attention_norm`, 'f32', [hiddenSize]),
    mlpNorm: b.input(`${prefix}mlp_norm`, 'f32', [hiddenSize]),
    biases: config.qkvBias ? { q: bias('q'), k: bias('k'), v: bias('v') } : undefined,
    qNorm: config.qkNorm ? b.input(`${prefix}q_norm`, 'f32', [headDim]) : undefined,
    kNorm: config.qkNorm ? b.input(`${prefix}k_norm`, 'f32', [headDim]) : undefined,
  }
}
