/**
 * The graphs a policy runs, as ONNX models with symbolic batch and length, so that one session serves
 * every shape. Inputs and outputs are named; shapes are in the comments.
 */

import { gradients } from '../onnx/autodiff'
import { GraphBuilder, type Value } from '../onnx/graph'
import * as ops from '../onnx/ops'
import type { ModelDescription } from '../onnx/proto'
import { product, type Shape } from '../onnx/shape'
import { type Attend, attendInBlocks, opening, QUERY_BLOCKS } from './attention'
import { LINEARS, type Linear, linearShape, type ModelConfig, perLinear } from './config'
import {
  decoderLayer,
  formatOf,
  type GraphLayer,
  layerInputs,
  type MatrixFormat,
  matrixInput,
  type Rotary,
  rmsNorm,
} from './layer'
import { type LoraOptions, type LoraPair, loraLayout, loraPairs, pack, packTensors, unpack } from './lora'
import type { ModelWeights } from './weights'

/** What decides the graphs of a model: its shape, how its matrices are stored, its LoRA. */
export interface GraphPlan {
  readonly config: ModelConfig
  readonly linears: Readonly<Record<Linear, MatrixFormat>>
  readonly embedding: MatrixFormat
  readonly lora: LoraOptions | null
  /** Blocks of queries in a row of prefill and training: 1 or `QUERY_BLOCKS`. */
  readonly queryBlocks: number
}

/** @throws RangeError where layers store the same linear in different formats: one graph serves all layers. */
export function planOf(
  config: ModelConfig,
  weights: ModelWeights,
  lora: LoraOptions | null,
  queryBlocks: number,
): GraphPlan {
  const linears = perLinear((which) => formatOf(weights.layers[0].linears[which]))
  for (const layer of weights.layers)
    for (const which of LINEARS)
      if (formatOf(layer.linears[which]) !== linears[which])
        throw new RangeError(`layers store ${which} in different formats`)
  return { config, linears, embedding: formatOf(weights.embedding), lora, queryBlocks }
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
type Merges = (which: Linear) => boolean

/** Forward passes: the product A B is made once for all tokens. */
const ALWAYS: Merges = () => true

/**
 * Passes with a gradient: through the merged weight it costs in · out multiply-adds per token; through A and B beside the weight,
 * r (in + out) each for the forward product, its recomputation and two gradients.
 */
function whereCheaper({ config }: GraphPlan, { rank }: LoraOptions): Merges {
  return (which) => {
    const { in: width, out } = linearShape(config, which)
    return width * out <= 4 * rank * (width + out)
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

/** The layer of a forward pass: its weights, named with a prefix, and its flat LoRA `{prefix}lora` (P) are graph inputs. */
export function layerOf(b: GraphBuilder, plan: GraphPlan, prefix = ''): GraphLayer {
  const layer = layerInputs(b, plan.config, plan.linears, prefix)
  if (!plan.lora) return layer
  const { tensors, size } = loraLayout(plan.config, plan.lora.rank)
  return withLora(b, layer, plan.lora, unpack(b, b.input(`${prefix}lora`, 'f32', [size]), tensors), ALWAYS)
}

/** x, positions and tables of a block graph, and attention among the tokens of each row: shared by its forward and backward forms. */
function blockInputs(b: GraphBuilder, config: ModelConfig, queryBlocks: number) {
  const x = b.input('x', 'f32', ['B', 'S', config.hiddenSize])
  const rotary = rotaryInputs(b, config, ops.cast(b, b.input('positions', 'f32', ['B', 'S']), 'i64'))
  const masks = maskShapes(queryBlocks).map((shape, i) => b.input(maskName(i), 'f32', shape))
  return { x, rotary, attend: attendInBlocks(b, config, masks) }
}

function maskName(block: number): string {
  return `mask${block}`
}

/** Block i of n has S / n queries, which see the first (i + 1) S / n tokens: the masks' shapes. */
function maskShapes(queryBlocks: number): Shape[] {
  const short = queryBlocks === 1 ? 'S' : `S/${queryBlocks}`
  return Array.from({ length: queryBlocks }, (_, i) => ['B', 1, short, product([i + 1, short])])
}

/**
 * The additive attention masks of packed rows for each block of queries, 0 where token j is seen by token i (j <= i < ends[j]) and
 * -1e9 elsewhere: ends (B, S) f32, index (S) f32 = 0 … S-1 -> mask0 … (B, 1, S/n, (i + 1) S/n).
 */
export function treeMaskGraph(queryBlocks: number): ModelDescription {
  const b = new GraphBuilder('tree mask')
  const ends = b.input('ends', 'f32', ['B', 'S'])
  const index = b.input('index', 'f32', ['S'])
  const [seen, hidden] = [b.floats([0], []), b.floats([-1e9], [])]
  const shapes = maskShapes(queryBlocks)
  const short = shapes[0][2]
  const endsOf = ops.splitEqually(b, ends, 1, queryBlocks, short)
  const indexOf = ops.splitEqually(b, index, 0, queryBlocks, short)
  shapes.forEach(([, , , length], i) => {
    const query = ops.reshape(b, indexOf[i], [1, 1, short, 1])
    const key = ops.reshape(b, opening(b, indexOf, i + 1, 0), [1, 1, 1, length])
    const causal = ops.where(b, ops.lessOrEqual(b, key, query), seen, hidden)
    const end = ops.reshape(b, opening(b, endsOf, i + 1, 1), ['B', 1, 1, length])
    b.output(maskName(i), ops.where(b, ops.lessOrEqual(b, end, query), hidden, causal))
  })
  return b.build()
}

/**
 * One layer over packed rows, right-padded; the mask says which token sees which (`treeMaskGraph`).
 * x (B, S, H), positions (B, S) f32, cos, sin (P, D/2), masks, weights, lora (P) -> y (B, S, H),
 * keys (B, kv, D, S), values (B, kv, S, D).
 */
export function blockForwardGraph(plan: GraphPlan): ModelDescription {
  const b = new GraphBuilder('block forward')
  const { x, rotary, attend } = blockInputs(b, plan.config, plan.queryBlocks)
  const kept: Attend = (q, own) => {
    b.output('keys', own.kT)
    b.output('values', own.v)
    return attend(q, own)
  }
  const y = decoderLayer(b, plan.config, layerOf(b, plan), x, rotary, kept)
  b.output('y', y)
  return b.build()
}

/**
 * The layer recomputed, and its vector-Jacobian product. As `blockForwardGraph`, plus dy (B, S, H) and the
 * gradient accumulated so far lora_gradient_in (P) -> dx (B, S, H), lora_gradient (P).
 */
export function blockBackwardGraph(plan: GraphPlan): ModelDescription {
  const { config, lora } = plan
  if (!lora) throw new RangeError('a backward graph needs LoRA')
  const b = new GraphBuilder('block backward')
  const { x, rotary, attend } = blockInputs(b, config, plan.queryBlocks)
  const dy = b.input('dy', 'f32', x.shape)
  const layout = loraLayout(config, lora.rank)
  const flat = b.input('lora', 'f32', [layout.size])
  const accumulated = b.input('lora_gradient_in', 'f32', [layout.size])
  const parameters = unpack(b, flat, layout.tensors)
  const frozen = layerInputs(b, config, plan.linears)
  const layer = withLora(b, frozen, lora, parameters, whereCheaper(plan, lora))
  const y = decoderLayer(b, config, layer, x, rotary, attend)
  const [dx, ...gradient] = gradients(b, y, dy, [x, ...parameters.values()])
  b.output('dx', dx)
  b.output('lora_gradient', ops.add(b, accumulated, pack(b, gradient)))
  return b.build()
}

/** The layout of a layer's own weights in one flat array, for full-parameter training. */
export function weightsLayout(config: ModelConfig) {
  return packTensors([
    { name: 'attention_norm', shape: [config.hiddenSize] },
    { name: 'mlp_norm', shape: [config.hiddenSize] },
    ...LINEARS.map((which) => {
      const { in: width, out } = linearShape(config, which)
      return { name: which, shape: [width, out] }
    }),
  ])
}

function layerFromFlat(values: ReadonlyMap<string, Value>): GraphLayer {
  const take = (name: string): Value => {
    const value = values.get(name)
    if (!value) throw new RangeError(`${name} is not in the layout`)
    return value
  }
  return {
    linears: perLinear((which) => ({ kind: 'f32', weight: take(which) })),
    attentionNorm: take('attention_norm'),
    mlpNorm: take('mlp_norm'),
  }
}

/** `blockForwardGraph` without LoRA, all of the layer's weights in one flat input `weights` (P). */
export function denseForwardGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('dense forward')
  const { x, rotary, attend } = blockInputs(b, config, QUERY_BLOCKS)
  const layout = weightsLayout(config)
  const values = unpack(b, b.input('weights', 'f32', [layout.size]), layout.tensors)
  b.output('y', decoderLayer(b, config, layerFromFlat(values), x, rotary, attend))
  return b.build()
}

/** Backward of `denseForwardGraph`: plus dy -> dx (B, S, H), gradient (P). */
export function denseBackwardGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('dense backward')
  const { x, rotary, attend } = blockInputs(b, config, QUERY_BLOCKS)
  const dy = b.input('dy', 'f32', x.shape)
  const layout = weightsLayout(config)
  const values = unpack(b, b.input('weights', 'f32', [layout.size]), layout.tensors)
  const y = decoderLayer(b, config, layerFromFlat(values), x, rotary, attend)
  const [dx, ...gradient] = gradients(b, y, dy, [x, ...values.values()])
  b.output('dx', dx)
  b.output('gradient', pack(b, gradient))
  return b.build()
}

/** Embedding rows: ids (..) -> (.., H), the matrix as graph input `embedding`. */
export function embed(b: GraphBuilder, plan: GraphPlan, ids: Value): Value {
  const { vocabSize, hiddenSize } = plan.config
  if (plan.embedding === 'f32')
    return ops.gather(b, b.input('embedding', 'f32', [vocabSize, hiddenSize]), ids)
  const matrix = matrixInput(b, 'embedding', plan.embedding, { in: hiddenSize, out: vocabSize })
  if (matrix.kind !== 'blocks') throw new RangeError('a quantized embedding is stored in blocks')
  return ops.gatherBlocks(b, matrix, ids)
}

/** ids (B, S) i32, embedding (V, H) -> x (B, S, H). */
export function embedGraph(plan: GraphPlan): ModelDescription {
  const b = new GraphBuilder('embed')
  b.output('x', embed(b, plan, b.input('ids', 'i32', ['B', 'S'])))
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
