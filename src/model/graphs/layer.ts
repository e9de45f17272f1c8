/**
 * One decoder layer as graph nodes. Weights and LoRA, which differ between layers, are graph inputs, so one
 * graph serves all layers by rebinding. Prefill, decoding, training and the exported model all build their
 * layers here.
 */

import type { MatrixValues } from '../../matrix/matrix_values'
import type { GraphBuilder, Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import type { FloatType } from '../../onnx/proto'
import { familyOf } from '../families/families'
import {
  HUB_NAMES,
  LAYER_NORMS,
  type LayerNorm,
  type Linear,
  linearShape,
  type ModelConfig,
  perLinear,
  qkNormSize,
} from '../import/config'
import type { Attend } from './attention'
import { geluTanh } from './gelu'
import type { JoinedLora, LoraPair } from './lora_graph'

/** A weight matrix inside a graph. Dense ones are transposed, (in, out), for MatMul. */
export type GraphMatrix =
  | { readonly kind: 'f32'; readonly weight: Value }
  | ({ readonly kind: 'blocks' } & ops.BlockOperand)

/** The parameters of one layer as graph values. */
export interface GraphLayer extends Readonly<Partial<Record<LayerNorm, Value>>> {
  readonly linears: Readonly<Record<Linear, GraphMatrix>>
  readonly biases?: Readonly<Record<'q' | 'k' | 'v', Value>>
  readonly qNorm?: Value
  readonly kNorm?: Value
  /** The LoRA that is not merged into a weight. */
  readonly lora?: LayerLora
}

/**
 * LoRA of a layer. Training has a pair for each linear; decoding joins pairs once for many tokens
 * (`joinLora`).
 */
export type LayerLora = PairedLora | { readonly kind: 'joined'; readonly groups: readonly JoinedLora[] }

export interface PairedLora {
  readonly kind: 'pairs'
  /** alpha / r. */
  readonly scale: number
  readonly pairs: Readonly<Partial<Record<Linear, LoraPair>>>
}

/** Names of the norms as graph inputs. */
export const NORM_INPUTS: Readonly<Record<LayerNorm, string>> = {
  attentionNorm: 'attention_norm',
  attentionOutNorm: 'attention_out_norm',
  mlpNorm: 'mlp_norm',
  mlpOutNorm: 'mlp_out_norm',
}

/** Rotary tables (P, D/2) and the positions of the rows (B, S). */
export interface Rotary {
  readonly positions: Value
  readonly cos: Value
  readonly sin: Value
}

/**
 * Computes y = x W^T of one of `LINEAR_GROUPS`, plus (alpha / r) (x A) B where the layer has LoRA, plus bias;
 * all in x's type.
 */
function linears(
  b: GraphBuilder,
  layer: GraphLayer,
  group: readonly Linear[],
  x: Value,
  name: string,
): Value[] {
  const added = loraOutputs(b, layer.lora, group, x)
  return group.map((which) => {
    const matrix = layer.linears[which]
    const node = `${name}/${HUB_NAMES[which].replace('.', '/')}/MatMul`
    const product =
      matrix.kind === 'f32'
        ? ops.matMul(b, x, matrix.weight, node)
        : ops.matMulNBits(b, x, matrix, `${node}_Q${matrix.bits}`)
    const lora = added[which]
    const y = lora ? ops.add(b, product, lora) : product
    const bias = which === 'q' || which === 'k' || which === 'v' ? layer.biases?.[which] : undefined
    return bias ? ops.add(b, y, bias) : y
  })
}

/** Returns what LoRA adds to the linears that read x. */
function loraOutputs(
  b: GraphBuilder,
  lora: LayerLora | undefined,
  group: readonly Linear[],
  x: Value,
): Partial<Record<Linear, Value>> {
  const outputs: Partial<Record<Linear, Value>> = {}
  if (lora?.kind === 'pairs')
    for (const which of group) {
      const pair = lora.pairs[which]
      if (pair) outputs[which] = ops.matMul(b, ops.scale(b, ops.matMul(b, x, pair.a), lora.scale), pair.b)
    }
  if (lora?.kind === 'joined')
    for (const { linears, widths, a, b: second } of lora.groups.filter((one) =>
      group.includes(one.linears[0]),
    )) {
      const all = ops.matMul(b, ops.matMul(b, x, a), second)
      const parts = linears.length === 1 ? [all] : ops.split(b, all, -1, b.ints(widths), widths)
      linears.forEach((which, i) => {
        outputs[which] = parts[i]
      })
    }
  return outputs
}

/**
 * Computes x / sqrt(mean(x^2) + epsilon) * weight over the last axis, in f32, because squares of hidden
 * states leave the range of f16. With its own gradient rule it is one kernel; derived from elementary
 * operators it would be seven.
 */
export function rmsNorm(b: GraphBuilder, x: Value, weight: Value, epsilon: number): Value {
  const backward = (dy: Value): Value[] => {
    const meanSquare = ops.reduceMean(b, ops.mul(b, x, x), [-1], true)
    const inverse = ops.reciprocal(b, ops.sqrt(b, ops.add(b, meanSquare, b.floats([epsilon], []))))
    const normed = ops.mul(b, x, inverse)
    const scaled = ops.mul(b, dy, weight)
    const dot = ops.reduceMean(b, ops.mul(b, scaled, normed), [-1], true)
    const rows = x.shape.slice(0, -1).map((_, axis) => axis)
    return [
      ops.mul(b, inverse, ops.sub(b, scaled, ops.mul(b, normed, dot))),
      ops.reduceSum(b, ops.mul(b, dy, normed), rows, false),
    ]
  }
  return b.withGradient([x, weight], () => ops.rmsNorm(b, x, weight, epsilon), backward)
}

/** Multiplies by a family's factor; a missing one changes nothing. */
export function scaled(b: GraphBuilder, x: Value, factor: number | undefined): Value {
  return factor === undefined ? x : ops.scale(b, x, factor)
}

/** Norms what the head reads: x (.., H) -> (.., H). A factor of the logits is applied here. */
export function finalNorm(b: GraphBuilder, config: ModelConfig, x: Value, weight: Value): Value {
  return scaled(b, rmsNorm(b, x, weight, config.rmsNormEpsilon), config.factors?.logits)
}

/** Splits heads: (B, S, heads D) -> (B, heads, S, D). */
function splitHeads(b: GraphBuilder, x: Value, heads: number, headDim: number): Value {
  const [batch, length] = x.shape
  return ops.transpose(b, ops.reshape(b, x, [batch, length, heads, headDim]), [0, 2, 1, 3])
}

/**
 * Builds the layer: x (B, S, H) -> y (B, S, H), both f32, because the residual stream of real models leaves
 * the range of f16. Between norms and sums it computes in the type of its matrices, biases, LoRA and rotary
 * tables.
 * @param name prefix of node names, `/model/layers.0` by hub convention
 */
export function decoderLayer(
  b: GraphBuilder,
  config: ModelConfig,
  layer: GraphLayer,
  x: Value,
  { type, rotary, attend }: LayerPlace,
  name = '/model/layers',
): Value {
  const { heads, kvHeads, headDim, rmsNormEpsilon: epsilon, factors } = config
  const { activation, qkNorm } = familyOf(config)
  const [batch, length] = x.shape
  const norm = (values: Value, weight: Value | undefined) =>
    weight ? rmsNorm(b, ops.castTo(b, values, 'f32'), weight, epsilon) : values
  const added = (values: Value, weight: Value | undefined) =>
    scaled(b, ops.castTo(b, norm(values, weight), 'f32'), factors?.residual)

  const read = ops.castTo(b, norm(x, layer.attentionNorm), type)
  const [flatQ, flatK, flatV] = linears(b, layer, ['q', 'k', 'v'], read, name)
  const split = (flat: Value, count: number, weight?: Value) => {
    if (qkNorm === 'all heads') return splitHeads(b, ops.castTo(b, norm(flat, weight), type), count, headDim)
    return ops.castTo(b, norm(splitHeads(b, flat, count, headDim), weight), type)
  }
  let q = split(flatQ, heads, layer.qNorm)
  let k = split(flatK, kvHeads, layer.kNorm)
  const v = splitHeads(b, flatV, kvHeads, headDim)
  if (rotary) {
    q = ops.rotary(b, q, rotary.positions, rotary.cos, rotary.sin)
    k = ops.rotary(b, k, rotary.positions, rotary.cos, rotary.sin)
  }
  const own = { kT: ops.transpose(b, k, [0, 1, 3, 2]), v }
  const mixed = attend(ops.scale(b, q, factors?.attention ?? 1 / Math.sqrt(headDim)), own)
  const merged = ops.transpose(b, mixed, [0, 2, 1, 3])
  const joined = ops.reshape(b, merged, [batch, length, heads * headDim])
  const [attended] = linears(b, layer, ['o'], joined, name)
  const h = ops.add(b, x, added(attended, layer.attentionOutNorm))

  const read2 = ops.castTo(b, norm(h, layer.mlpNorm), type)
  const [gate, up] = linears(b, layer, ['gate', 'up'], read2, name)
  const opened = activation === 'silu' ? ops.mul(b, gate, ops.sigmoid(b, gate)) : geluTanh(b, gate)
  const [fed] = linears(b, layer, ['down'], ops.mul(b, opened, up), name)
  return ops.add(b, h, added(fed, layer.mlpOutNorm))
}

/** Where a layer computes. */
export interface LayerPlace {
  readonly type: FloatType
  /** Null for a layer without rotary embedding. */
  readonly rotary: Rotary | null
  /** The tokens' attention: to their own row, or to a KV cache as well (see `attention.ts`). */
  readonly attend: Attend
}

/** Storage format of a model's matrices, as graphs that take them as inputs need it. */
export type MatrixFormat = 'f32' | 'q4' | 'q8'

export function formatOf(matrix: MatrixValues): MatrixFormat {
  return matrix.kind === 'f32' ? 'f32' : matrix.bits === 4 ? 'q4' : 'q8'
}

/**
 * Declares a matrix as graph inputs of a type: dense `name` (in, out), or `name.packed` and `name.scales`.
 */
export function matrixInput(
  b: GraphBuilder,
  name: string,
  format: MatrixFormat,
  shape: { in: number; out: number },
  type: FloatType,
): GraphMatrix {
  if (format === 'f32') return { kind: 'f32', weight: b.input(name, type, [shape.in, shape.out]) }
  return { kind: 'blocks', ...blocksInput(b, name, format, shape, type) }
}

/**
 * A table whose rows are looked up or multiplied with hidden states (embedding, head). Dense ones are not
 * transposed: (out, in).
 */
export type GraphTable =
  | { readonly kind: 'f32'; readonly rows: Value }
  | ({ readonly kind: 'blocks' } & ops.BlockOperand)

/** Declares a table as graph inputs: `name` (out, in) in f32, or blocks as in `matrixInput`. */
export function tableInput(
  b: GraphBuilder,
  name: string,
  format: MatrixFormat,
  shape: { in: number; out: number },
): GraphTable {
  if (format === 'f32') return { kind: 'f32', rows: b.input(name, 'f32', [shape.out, shape.in]) }
  return { kind: 'blocks', ...blocksInput(b, name, format, shape, 'f32') }
}

function blocksInput(
  b: GraphBuilder,
  name: string,
  format: 'q4' | 'q8',
  shape: { in: number; out: number },
  type: FloatType,
): ops.BlockOperand {
  const bits = format === 'q4' ? 4 : 8
  const blocks = Math.ceil(shape.in / 32)
  return {
    bits,
    ...shape,
    packed: b.input(`${name}.packed`, 'u8', [shape.out, blocks, (32 * bits) / 8]),
    scales: b.input(`${name}.scales`, type, [shape.out * blocks]),
  }
}

/**
 * Declares the frozen weights of a layer as graph inputs named `{prefix}q`, `{prefix}attention_norm` …
 * @param type of matrices and biases; norms are f32
 */
export function layerInputs(
  b: GraphBuilder,
  config: ModelConfig,
  formats: Readonly<Record<Linear, MatrixFormat>>,
  type: FloatType,
  prefix = '',
): GraphLayer {
  const { norms, qkvBias, qkNorm } = familyOf(config)
  const norm = (name: string, size: number) => b.input(`${prefix}${name}`, 'f32', [size])
  const bias = (which: 'q' | 'k' | 'v') =>
    b.input(`${prefix}${which}.bias`, type, [linearShape(config, which).out])
  return {
    linears: perLinear((which) =>
      matrixInput(b, `${prefix}${which}`, formats[which], linearShape(config, which), type),
    ),
    ...Object.fromEntries(
      LAYER_NORMS.filter((slot) => norms[slot] !== undefined).map((slot) => [
        slot,
        norm(NORM_INPUTS[slot], config.hiddenSize),
      ]),
    ),
    biases: qkvBias && { q: bias('q'), k: bias('k'), v: bias('v') },
    qNorm: qkNorm && norm('q_norm', qkNormSize(config, 'q', qkNorm)),
    kNorm: qkNorm && norm('k_norm', qkNormSize(config, 'k', qkNorm)),
  }
}
