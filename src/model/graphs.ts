/**
 * The graphs a policy runs, as ONNX models with symbolic batch and length, so that one session serves
 * every shape. Inputs and outputs are named; shapes are in the comments.
 */

import { gradients } from '../onnx/autodiff'
import { GraphBuilder, type Value } from '../onnx/graph'
import * as ops from '../onnx/ops'
import type { ModelDescription } from '../onnx/proto'
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
import { type LoraOptions, loraLayout, loraPairs, pack, packTensors, unpack } from './lora'
import type { ModelWeights } from './weights'

/** What decides the graphs of a model: its shape, how its matrices are stored, its LoRA. */
export interface GraphPlan {
  readonly config: ModelConfig
  readonly linears: Readonly<Record<Linear, MatrixFormat>>
  readonly embedding: MatrixFormat
  readonly lora: LoraOptions | null
}

/** @throws RangeError where layers store the same linear in different formats: one graph serves all layers. */
export function planOf(config: ModelConfig, weights: ModelWeights, lora: LoraOptions | null): GraphPlan {
  const linears = perLinear((which) => formatOf(weights.layers[0].linears[which]))
  for (const layer of weights.layers)
    for (const which of LINEARS)
      if (formatOf(layer.linears[which]) !== linears[which])
        throw new RangeError(`layers store ${which} in different formats`)
  return { config, linears, embedding: formatOf(weights.embedding), lora }
}

/** cos and sin (P, D/2) as graph inputs, with the positions they are read at. */
export function rotaryInputs(b: GraphBuilder, config: ModelConfig, positions: Value): Rotary {
  const half = config.headDim / 2
  return {
    positions,
    cos: b.input('cos', 'f32', [config.maxPositions, half]),
    sin: b.input('sin', 'f32', [config.maxPositions, half]),
  }
}

/** A layer with the LoRA that lies in `flat`. */
export function withLora(
  b: GraphBuilder,
  plan: GraphPlan,
  layer: GraphLayer,
  flat: Value | null,
): GraphLayer {
  if (!plan.lora || !flat) return layer
  const { tensors } = loraLayout(plan.config, plan.lora.rank)
  return {
    ...layer,
    lora: { scale: plan.lora.alpha / plan.lora.rank, pairs: loraPairs(unpack(b, flat, tensors)) },
  }
}

/** A layer's flat LoRA (P) as a graph input; null where the plan has none. */
export function loraInput(b: GraphBuilder, plan: GraphPlan, name: string): Value | null {
  return plan.lora && b.input(name, 'f32', [loraLayout(plan.config, plan.lora.rank).size])
}

/** x, positions, tables and mask of a block graph, shared by its forward and backward forms. */
function blockInputs(b: GraphBuilder, config: ModelConfig) {
  const x = b.input('x', 'f32', ['B', 'S', config.hiddenSize])
  const rotary = rotaryInputs(b, config, b.input('positions', 'i64', [1]))
  const mask = b.input('mask', 'f32', ['S', 'S'])
  return { x, rotary, mask }
}

/**
 * One layer over whole sequences, right-padded. A causal mask is enough: padding comes after what is real.
 * x (B, S, H), positions (1), cos, sin (P, D/2), mask (S, S), weights, lora (P) -> y (B, S, H),
 * keys (B, kv, D, S), values (B, kv, S, D).
 */
export function blockForwardGraph(plan: GraphPlan): ModelDescription {
  const b = new GraphBuilder('block forward')
  const { x, rotary, mask } = blockInputs(b, plan.config)
  const layer = withLora(b, plan, layerInputs(b, plan.config, plan.linears), loraInput(b, plan, 'lora'))
  const y = decoderLayer(b, plan.config, layer, x, rotary, (own) => {
    b.output('keys', own.kT)
    b.output('values', own.v)
    return { ...own, mask }
  })
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
  const { x, rotary, mask } = blockInputs(b, config)
  const dy = b.input('dy', 'f32', x.shape)
  const layout = loraLayout(config, lora.rank)
  const flat = b.input('lora', 'f32', [layout.size])
  const accumulated = b.input('lora_gradient_in', 'f32', [layout.size])
  const parameters = unpack(b, flat, layout.tensors)
  const layer: GraphLayer = {
    ...layerInputs(b, config, plan.linears),
    lora: { scale: lora.alpha / lora.rank, pairs: loraPairs(parameters) },
  }
  const y = decoderLayer(b, config, layer, x, rotary, (own) => ({ ...own, mask }))
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
  const { x, rotary, mask } = blockInputs(b, config)
  const layout = weightsLayout(config)
  const values = unpack(b, b.input('weights', 'f32', [layout.size]), layout.tensors)
  b.output(
    'y',
    decoderLayer(b, config, layerFromFlat(values), x, rotary, (own) => ({ ...own, mask })),
  )
  return b.build()
}

/** Backward of `denseForwardGraph`: plus dy -> dx (B, S, H), gradient (P). */
export function denseBackwardGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('dense backward')
  const { x, rotary, mask } = blockInputs(b, config)
  const dy = b.input('dy', 'f32', x.shape)
  const layout = weightsLayout(config)
  const values = unpack(b, b.input('weights', 'f32', [layout.size]), layout.tensors)
  const y = decoderLayer(b, config, layerFromFlat(values), x, rotary, (own) => ({ ...own, mask }))
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
