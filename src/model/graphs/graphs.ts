/**
 * The graphs that a policy runs, as ONNX models with symbolic batch and length, so one session serves every
 * shape. Inputs and outputs are named; the comments give their shapes.
 */

import { gradients, type WeightSums } from '../../onnx/autodiff'
import { GraphBuilder, type Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import type { FloatType, ModelDescription } from '../../onnx/proto'
import {
  type LayerKind,
  LINEAR_GROUPS,
  LINEARS,
  type Linear,
  linearShape,
  type ModelConfig,
} from '../import/config'
import { type LoraOptions, loraLayout } from '../train/lora'
import {
  finalNorm,
  type GraphLayer,
  type GraphTable,
  layerInputs,
  type MatrixFormat,
  type PairedLora,
  type Rotary,
  scaled,
  tableInput,
} from './layer'
import { joinLora, type LoraPair, loraPairs, unpack } from './lora_graph'

/** Decides the graphs of a model: its shape, the storage of its matrices, its LoRA. */
export interface GraphPlan {
  readonly config: ModelConfig
  readonly linears: Readonly<Record<Linear, MatrixFormat>>
  readonly embedding: MatrixFormat
  readonly head: MatrixFormat
  readonly lora: LoraOptions | null
  /** Blocks of queries in a row of prefill and training: 1 or `QUERY_BLOCKS`. */
  readonly queryBlocks: number
  /** How the gradients of LoRA matrices are summed. */
  readonly weightSums: WeightSums
  /** Tokens of a training pass, including padding. */
  readonly tokensPerPass: number
  /**
   * True where training keeps only each layer's input and the backward pass computes the rest again (Chen et
   * al., 2016).
   */
  readonly gradientCheckpointing: boolean
  /** Type that layers compute in between norms and residual sums, and of the KV cache. The rest is f32. */
  readonly activations: FloatType
}

/**
 * Declares cos and sin (P, D/2) as graph inputs; P is at least the tokens of the longest row. Returns them
 * with the positions.
 * @param suffix of the inputs' names, where a graph has several tables
 */
export function rotaryInputs(
  b: GraphBuilder,
  { headDim }: ModelConfig,
  activations: FloatType,
  positions: Value,
  suffix = '',
): Rotary {
  const table = (name: string) => b.input(`${name}${suffix}`, activations, ['P', headDim / 2])
  return { positions, cos: table('cos'), sin: table('sin') }
}

/** Suffixes of the rotary tables in graphs of the whole model; `unrotated` layers read none there. */
export const TABLE_SUFFIX: Readonly<Record<Exclude<LayerKind, 'unrotated'>, string>> = {
  full: '',
  local: '_local',
}

/** Returns whether a linear's LoRA is added to its weight, W + (alpha / r) A B, where that is dense. */
type Merges = (which: Linear) => boolean

/**
 * Chooses the cheaper way in training. Through the merged weight a gradient costs in · out multiply-adds per
 * token. Through A and B beside the weight it costs r (in + out) for each of two gradients, for the forward
 * product, and for its recomputation if there is one. In f16 weights are never merged: an update is smaller
 * than a weight's rounding.
 */
function whereCheaper(
  { config, gradientCheckpointing, activations }: GraphPlan,
  { rank }: LoraOptions,
): Merges {
  if (activations === 'f16') return () => false
  const products = gradientCheckpointing ? 4 : 3
  return (which) => {
    const { in: width, out } = linearShape(config, which)
    return width * out <= products * rank * (width + out)
  }
}

/**
 * Returns a layer with its LoRA, the named tensors of `loraLayout`, merged into weights or beside them.
 * Blocks cannot be added to, so their LoRA is always beside them.
 */
function withLora(
  b: GraphBuilder,
  layer: GraphLayer,
  { rank, alpha }: LoraOptions,
  parameters: ReadonlyMap<string, Value>,
  merges: Merges,
): GraphLayer & { lora: PairedLora } {
  const scale = alpha / rank
  const pairs: Partial<Record<Linear, LoraPair>> = loraPairs(parameters)
  const linears = { ...layer.linears }
  for (const which of LINEARS) {
    const [matrix, pair] = [linears[which], pairs[which]]
    if (matrix.kind !== 'f32' || !pair || !merges(which)) continue
    const product = ops.scale(b, ops.matMul(b, pair.a, pair.b), scale)
    linears[which] = { kind: 'f32', weight: ops.add(b, matrix.weight, product) }
    delete pairs[which]
  }
  return { ...layer, linears, lora: { kind: 'pairs', scale, pairs } }
}

/** Returns the layer of training. Its weights are graph inputs, its LoRA are values of the graph. */
export function trainedLayer(
  b: GraphBuilder,
  plan: GraphPlan,
  lora: LoraOptions,
  parameters: ReadonlyMap<string, Value>,
): GraphLayer {
  const layer = layerInputs(b, plan.config, plan.linears, plan.activations)
  return withLora(b, layer, lora, parameters, whereCheaper(plan, lora))
}

/**
 * Returns the layer of decoding in a loop. Its weights and its flat LoRA `{prefix}lora` (P) are graph inputs
 * with a prefix. Merged and joined weights are computed before the loop.
 */
export function loopedLayer(b: GraphBuilder, plan: GraphPlan, prefix: string): GraphLayer {
  const layer = layerInputs(b, plan.config, plan.linears, plan.activations, prefix)
  if (!plan.lora) return layer
  const { parameters } = loraInput(b, plan, plan.lora, prefix)
  const merged = withLora(b, layer, plan.lora, parameters, () => true)
  return { ...merged, lora: { kind: 'joined', groups: joinLora(b, merged.lora.pairs, merged.lora.scale) } }
}

/**
 * Returns the layer of step-by-step decoding. Its weights and the outputs of `joinedLoraGraph` are graph
 * inputs with a prefix.
 */
export function steppedLayer(b: GraphBuilder, plan: GraphPlan, prefix: string): GraphLayer {
  const { config, lora, activations } = plan
  const layer = layerInputs(b, config, plan.linears, activations, prefix)
  if (!lora) return layer
  const groups = LINEAR_GROUPS.map((group) => {
    const widths = group.map((which) => linearShape(config, which).out)
    const inner = group.length * lora.rank
    const name = joinedName(group, prefix)
    return {
      linears: group,
      widths,
      a: b.input(`${name}.a`, activations, [linearShape(config, group[0]).in, inner]),
      b: b.input(`${name}.b`, activations, [inner, widths.reduce((sum, width) => sum + width, 0)]),
    }
  })
  return { ...layer, lora: { kind: 'joined', groups } }
}

function joinedName(group: readonly Linear[], prefix: string): string {
  return `${prefix}lora.${group.join('')}`
}

/**
 * Converts a layer's flat LoRA for step-by-step decoding: lora (P) f32 -> lora.qkv.a (in, n r), lora.qkv.b (n
 * r, sum of out), lora.o.a …
 */
export function joinedLoraGraph(plan: GraphPlan, lora: LoraOptions): ModelDescription {
  const b = new GraphBuilder('joined LoRA')
  const pairs = loraPairs(loraInput(b, plan, lora).parameters)
  for (const joined of joinLora(b, pairs, lora.alpha / lora.rank)) {
    const name = joinedName(joined.linears, '')
    b.output(`${name}.a`, joined.a)
    b.output(`${name}.b`, joined.b)
  }
  return b.build()
}

/**
 * Declares the flat LoRA `{prefix}lora` (P) f32 as a graph input and unpacks its named tensors in the layers'
 * type.
 */
export function loraInput(b: GraphBuilder, plan: GraphPlan, { rank }: LoraOptions, prefix = '') {
  const { tensors, size } = loraLayout(plan.config, rank)
  const flat = b.input(`${prefix}lora`, 'f32', [size])
  return { flat, parameters: unpack(b, ops.castTo(b, flat, plan.activations), tensors) }
}

/** Declares the embedding (V, H) as graph inputs `embedding`. */
export function embeddingInput(b: GraphBuilder, { config, embedding }: GraphPlan): GraphTable {
  return tableInput(b, 'embedding', embedding, { in: config.hiddenSize, out: config.vocabSize })
}

/** Looks up embedding rows and scales them where the family does: ids (..) -> (.., H). */
export function embed(b: GraphBuilder, { factors }: ModelConfig, embedding: GraphTable, ids: Value): Value {
  const rows =
    embedding.kind === 'f32' ? ops.gather(b, embedding.rows, ids) : ops.gatherBlocks(b, embedding, ids)
  return scaled(b, rows, factors?.embedding)
}

/** ids (B, S) i32, embedding (V, H) -> x (B, S, H). */
export function embedGraph(plan: GraphPlan): ModelDescription {
  const b = new GraphBuilder('embed')
  b.output('x', embed(b, plan.config, embeddingInput(b, plan), b.input('ids', 'i32', ['B', 'S'])))
  return b.build()
}

/** x (B, S, H), rows (T) i32 into the flattened B S, final_norm (H) -> hidden (T, H). */
export function finalNormGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('final norm')
  const { hidden } = normedRows(b, config)
  b.output('hidden', hidden)
  return b.build()
}

function normedRows(b: GraphBuilder, config: ModelConfig) {
  const x = b.input('x', 'f32', ['B', 'S', config.hiddenSize])
  const rows = b.input('rows', 'i32', ['T'])
  const norm = b.input('final_norm', 'f32', [config.hiddenSize])
  const picked = ops.gather(b, ops.reshape(b, x, ['B*S', config.hiddenSize]), rows)
  return { picked, norm, hidden: finalNorm(b, config, picked, norm) }
}

/**
 * Largest element of the gradient at the start of an f16 pass. Losses are means over many tokens, so their
 * gradients would lie below f16's least normal number (6e-5). From 16 they may grow by 4000 in the layers, or
 * shrink as much.
 */
const LARGEST_GRADIENT = 16

/** Smaller gradients are not scaled up: nothing is learned from them. */
const LEAST_GRADIENT = 1e-30

/**
 * Backward of `finalNormGraph`: plus dhidden (T, H) and origin (B, S) i32, the index into `rows` that picked
 * each position, or T where none did -> dx (B, S, H), norm_gradient (H). It gathers by `origin` instead of
 * scattering, because rows are distinct. In f16 the gradient is scaled (loss scaling, Micikevicius et al.,
 * 2018) by a factor that each pass computes, not one found by trial. dx is multiplied by 1 / unscale (); the
 * layers multiply their parameters' gradients by unscale.
 */
export function finalNormBackwardGraph(config: ModelConfig, activations: FloatType): ModelDescription {
  const b = new GraphBuilder('final norm backward')
  const { picked, norm, hidden } = normedRows(b, config)
  const given = b.input('dhidden', 'f32', hidden.shape)
  const dhidden = activations === 'f16' ? inRangeOfF16(b, given) : given
  const origin = b.input('origin', 'i32', ['B', 'S'])
  const [dpicked, dnorm] = gradients(b, hidden, dhidden, [picked, norm])
  const zero = b.floats(new Array<number>(config.hiddenSize).fill(0), [1, config.hiddenSize])
  b.output('dx', ops.gather(b, ops.concat(b, [dpicked, zero], 0), origin))
  b.output('norm_gradient', dnorm)
  return b.build()
}

function inRangeOfF16(b: GraphBuilder, dhidden: Value): Value {
  const largest = ops.reduceMax(b, ops.abs(b, dhidden), [0, 1], false)
  const unscale = ops.scale(b, ops.max(b, largest, b.floats([LEAST_GRADIENT], [])), 1 / LARGEST_GRADIENT)
  b.output('unscale', unscale)
  return ops.div(b, dhidden, unscale)
}
