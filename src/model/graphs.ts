/**
 * The graphs a policy runs, as ONNX models with symbolic batch and length, so that one session serves
 * every shape. Inputs and outputs are named; shapes are in the comments.
 */

import { gradients } from '../onnx/autodiff'
import { GraphBuilder, type Value } from '../onnx/graph'
import * as ops from '../onnx/ops'
import type { ModelDescription } from '../onnx/proto'
import { LINEARS, type Linear, linearShape, type ModelConfig } from './config'
import {
  type GraphLayer,
  type GraphTable,
  layerInputs,
  type MatrixFormat,
  type Rotary,
  rmsNorm,
  tableInput,
} from './layer'
import { type LoraOptions, type LoraPair, loraLayout, loraPairs, unpack } from './lora'

/** What decides the graphs of a model: its shape, how its matrices are stored, its LoRA. */
export interface GraphPlan {
  readonly config: ModelConfig
  readonly linears: Readonly<Record<Linear, MatrixFormat>>
  readonly embedding: MatrixFormat
  readonly head: MatrixFormat
  readonly lora: LoraOptions | null
  /** Blocks of queries in a row of prefill and training: 1 or `QUERY_BLOCKS`. */
  readonly queryBlocks: number
  /** Whether training keeps only each layer's input and computes the rest again in the backward pass (Chen et al., 2016). */
  readonly gradientCheckpointing: boolean
}

/** @param formats how the matrices are stored, in every layer the same: one graph serves all */
export function planOf(
  config: ModelConfig,
  { linears, embedding, head }: Pick<GraphPlan, 'linears' | 'embedding' | 'head'>,
  lora: LoraOptions | null,
  { queryBlocks, gradientCheckpointing }: Pick<GraphPlan, 'queryBlocks' | 'gradientCheckpointing'>,
): GraphPlan {
  return { config, linears, embedding, head, lora, queryBlocks, gradientCheckpointing }
}

/** cos and sin (P, D/2), with as many positions as the longest row has tokens, as graph inputs, with the positions they are read at. */
export function rotaryInputs(b: GraphBuilder, config: ModelConfig, positions: Value): Rotary {
  const half = config.headDim / 2
  return {
    positions,
    cos: b.input('cos', 'f32', ['P', half]),
    sin: b.input('sin', 'f32', ['P', half]),
  }
}

/** Which linears of a layer take their LoRA into the weight, W + (alpha / r) A B, where that is dense. */
export type Merges = (which: Linear) => boolean

/** Decoding in a loop: the product A B is made once for all tokens. */
export const ALWAYS: Merges = () => true

/** Decoding step by step: it would be made for every token. */
export const NEVER: Merges = () => false

/**
 * Training: through the merged weight a gradient costs in · out multiply-adds per token; through A and B beside the weight, r (in + out)
 * each for two gradients, for the forward product, and for its recomputation where there is one.
 */
function whereCheaper({ config, gradientCheckpointing }: GraphPlan, { rank }: LoraOptions): Merges {
  const products = gradientCheckpointing ? 4 : 3
  return (which) => {
    const { in: width, out } = linearShape(config, which)
    return width * out <= products * rank * (width + out)
  }
}

/** A layer with its LoRA, the named tensors of `loraLayout`. Blocks cannot be added to: there it stays beside the weight. */
function withLora(
  b: GraphBuilder,
  layer: GraphLayer,
  { rank, alpha }: LoraOptions,
  parameters: ReadonlyMap<string, Value>,
  merges: Merges,
): GraphLayer {
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
  return { ...layer, linears, lora: { scale, pairs } }
}

/** The layer of training, its weights graph inputs, its LoRA values of the graph. */
export function trainedLayer(
  b: GraphBuilder,
  plan: GraphPlan,
  lora: LoraOptions,
  parameters: ReadonlyMap<string, Value>,
): GraphLayer {
  return withLora(b, layerInputs(b, plan.config, plan.linears), lora, parameters, whereCheaper(plan, lora))
}

/** The layer of decoding: its weights, named with a prefix, and its flat LoRA `{prefix}lora` (P) are graph inputs. */
export function layerOf(b: GraphBuilder, plan: GraphPlan, prefix: string, merges: Merges): GraphLayer {
  const layer = layerInputs(b, plan.config, plan.linears, prefix)
  if (!plan.lora) return layer
  const { tensors, size } = loraLayout(plan.config, plan.lora.rank)
  return withLora(b, layer, plan.lora, unpack(b, b.input(`${prefix}lora`, 'f32', [size]), tensors), merges)
}

/** The embedding (V, H) as graph inputs `embedding`. */
export function embeddingInput(b: GraphBuilder, { config, embedding }: GraphPlan): GraphTable {
  return tableInput(b, 'embedding', embedding, { in: config.hiddenSize, out: config.vocabSize })
}

/** Embedding rows: ids (..) -> (.., H). */
export function embed(b: GraphBuilder, embedding: GraphTable, ids: Value): Value {
  return embedding.kind === 'f32' ? ops.gather(b, embedding.rows, ids) : ops.gatherBlocks(b, embedding, ids)
}

/** ids (B, S) i32, embedding (V, H) -> x (B, S, H). */
export function embedGraph(plan: GraphPlan): ModelDescription {
  const b = new GraphBuilder('embed')
  b.output('x', embed(b, embeddingInput(b, plan), b.input('ids', 'i32', ['B', 'S'])))
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
  return { picked, norm, hidden: rmsNorm(b, picked, norm, config.rmsNormEpsilon) }
}

/**
 * Backward of `finalNormGraph`: plus dhidden (T, H) and origin (B, S) i32, the index into `rows` that
 * picked each position, or T where none did -> dx (B, S, H), norm_gradient (H). A gather by `origin`
 * instead of a scatter: rows are distinct.
 */
export function finalNormBackwardGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('final norm backward')
  const { picked, norm, hidden } = normedRows(b, config)
  const dhidden = b.input('dhidden', 'f32', hidden.shape)
  const origin = b.input('origin', 'i32', ['B', 'S'])
  const [dpicked, dnorm] = gradients(b, hidden, dhidden, [picked, norm])
  const zero = b.floats(new Array<number>(config.hiddenSize).fill(0), [1, config.hiddenSize])
  b.output('dx', ops.gather(b, ops.concat(b, [dpicked, zero], 0), origin))
  b.output('norm_gradient', dnorm)
  return b.build()
}
