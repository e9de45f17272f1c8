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
  decoderLayer,
  formatOf,
  type GraphLayer,
  type KeysValues,
  layerInputs,
  type MatrixFormat,
  matrixInput,
  perLinear,
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

function rotaryInputs(b: GraphBuilder, config: ModelConfig, positions: Value): Rotary {
  const half = config.headDim / 2
  return {
    positions,
    cos: b.input('cos', 'f32', [config.maxPositions, half]),
    sin: b.input('sin', 'f32', [config.maxPositions, half]),
  }
}

function withLora(b: GraphBuilder, plan: GraphPlan, layer: GraphLayer, flat: Value | null): GraphLayer {
  if (!plan.lora || !flat) return layer
  const { tensors } = loraLayout(plan.config, plan.lora.rank)
  return {
    ...layer,
    lora: { scale: plan.lora.alpha / plan.lora.rank, pairs: loraPairs(unpack(b, flat, tensors)) },
  }
}

function loraInput(b: GraphBuilder, plan: GraphPlan, name: string): Value | null {
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

function embed(b: GraphBuilder, plan: GraphPlan, ids: Value): Value {
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

/** One layer's KV cache (B, kv, D, C) and (B, kv, C, D) with C slots, as inputs of a decode graph. */
function cacheInputs(b: GraphBuilder, config: ModelConfig, batch: string, slots: string): KeysValues[] {
  const { kvHeads, headDim } = config
  return Array.from({ length: config.layers }, (_, i) => ({
    kT: b.input(`l${i}.keys`, 'f32', [batch, kvHeads, headDim, slots]),
    v: b.input(`l${i}.values`, 'f32', [batch, kvHeads, slots, headDim]),
  }))
}

/** The weights and LoRA of all layers, as inputs prefixed `l0.`, `l1.` … */
function allLayers(b: GraphBuilder, plan: GraphPlan): GraphLayer[] {
  return Array.from({ length: plan.config.layers }, (_, i) =>
    withLora(b, plan, layerInputs(b, plan.config, plan.linears, `l${i}.`), loraInput(b, plan, `l${i}.lora`)),
  )
}

/**
 * One token through all layers against the cache, every row at its own position. Writes the token's keys
 * and values into slot `position` of the row and attends to slots 0 … position: whatever lies beyond
 * (padding of a shorter prompt) is never seen before it is overwritten.
 * x (B, 1, H), positions (B, 1) f32, slots (C) f32 = 0 … C-1.
 */
function decodeLayers(
  b: GraphBuilder,
  plan: GraphPlan,
  parts: {
    layers: readonly GraphLayer[]
    cache: readonly KeysValues[]
    rotary: Rotary
    x: Value
    positions: Value
    slots: Value
  },
): { hidden: Value; cache: KeysValues[] } {
  const { positions, slots } = parts
  const capacity = slots.shape[0]
  const batch = parts.x.shape[0]
  const here = ops.equal(b, slots, positions) // (B, C)
  const hereInKeys = ops.reshape(b, here, [batch, 1, 1, capacity])
  const hereInValues = ops.reshape(b, here, [batch, 1, capacity, 1])
  const visible = ops.lessOrEqual(b, slots, positions)
  const mask = ops.reshape(b, ops.where(b, visible, b.floats([0], []), b.floats([-1e9], [])), [
    batch,
    1,
    1,
    capacity,
  ])
  let x = parts.x
  const cache: KeysValues[] = []
  parts.layers.forEach((layer, i) => {
    x = decoderLayer(b, plan.config, layer, x, parts.rotary, (own) => {
      const merged = {
        kT: ops.where(b, hereInKeys, own.kT, parts.cache[i].kT),
        v: ops.where(b, hereInValues, own.v, parts.cache[i].v),
      }
      cache.push(merged)
      return { ...merged, mask }
    })
  })
  return { hidden: x, cache }
}

/**
 * One decode step, for backends that sample outside the graph.
 * ids (B) i32, positions (B, 1) f32, slots (C) f32, cos, sin, weights, l{i}.keys, l{i}.values
 * -> hidden (B, H) after the final norm, l{i}.keys_out, l{i}.values_out.
 */
export function decodeStepGraph(plan: GraphPlan): ModelDescription {
  const { config } = plan
  const b = new GraphBuilder('decode step')
  const ids = b.input('ids', 'i32', ['B'])
  const positions = b.input('positions', 'f32', ['B', 1])
  const slots = b.input('slots', 'f32', ['C'])
  const rotary = rotaryInputs(b, config, ops.cast(b, positions, 'i64'))
  const norm = b.input('final_norm', 'f32', [config.hiddenSize])
  const layers = allLayers(b, plan)
  const cache = cacheInputs(b, config, 'B', 'C')
  const x = ops.reshape(b, embed(b, plan, ids), ['B', 1, config.hiddenSize])
  const next = decodeLayers(b, plan, { layers, cache, rotary, x, positions, slots })
  const hidden = rmsNorm(b, next.hidden, norm, config.rmsNormEpsilon)
  b.output('hidden', ops.reshape(b, hidden, ['B', config.hiddenSize]))
  next.cache.forEach((entry, i) => {
    b.output(`l${i}.keys_out`, entry.kT)
    b.output(`l${i}.values_out`, entry.v)
  })
  return b.build()
}

/** Rows of a cache picked and lengthened by empty slots: cache (R, …, C0) , rows (B) -> (B, …, C). */
function regroup(
  b: GraphBuilder,
  config: ModelConfig,
  cache: readonly KeysValues[],
  rows: Value,
): KeysValues[] {
  const { kvHeads, headDim } = config
  const keyGap = ops.zerosOfShape(b, b.input('key_gap', 'i64', [4]), ['B', kvHeads, headDim, 'gap'])
  const valueGap = ops.zerosOfShape(b, b.input('value_gap', 'i64', [4]), ['B', kvHeads, 'gap', headDim])
  const renamed = (value: Value, axis: number): Value => ({
    ...value,
    shape: value.shape.map((dim, i) => (i === axis ? 'C' : dim)),
  })
  return cache.map(({ kT, v }) => ({
    kT: renamed(ops.concat(b, [ops.gather(b, kT, rows), keyGap], 3), 3),
    v: renamed(ops.concat(b, [ops.gather(b, v, rows), valueGap], 2), 2),
  }))
}

/**
 * Picks rows of a batch (a prompt for each of its rollouts, or the rows still alive) and makes room.
 * rows (B) i32, hidden (R, H), l{i}.keys (R, kv, D, C0), l{i}.values, key_gap (4) = [B, kv, D, gap], value_gap
 * -> hidden_out (B, H), l{i}.keys_out (B, kv, D, C), l{i}.values_out.
 */
export function regroupGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('regroup')
  const rows = b.input('rows', 'i32', ['B'])
  const hidden = b.input('hidden', 'f32', ['R', config.hiddenSize])
  b.output('hidden_out', ops.gather(b, hidden, rows))
  regroup(b, config, cacheInputs(b, config, 'R', 'C0'), rows).forEach((entry, i) => {
    b.output(`l${i}.keys_out`, entry.kT)
    b.output(`l${i}.values_out`, entry.v)
  })
  return b.build()
}

/**
 * Several decode steps in one run, sampling included (ONNX Loop): on wasm, where every run copies its
 * inputs and outputs. Regroups first. Samples by Gumbel-max from given uniforms, as shaders/sample.wgsl.
 * rows (B) i32, hidden (R, H), positions (B, 1) f32 = where the first new token goes, slots (C) f32,
 * stops (K) i64, uniforms (N, B, V) [absent when greedy], inverse_temperature (), trips () i64,
 * head (V, H) [the embedding where tied], cache, gaps, weights
 * -> ids (n, B) i64, logprobs (n, B), hidden_out (B, H), cache.
 */
export function decodeLoopGraph(plan: GraphPlan, greedy: boolean): ModelDescription {
  const { config } = plan
  const { hiddenSize, vocabSize } = config
  const b = new GraphBuilder('decode loop')
  const rows = b.input('rows', 'i32', ['B'])
  const startHidden = ops.gather(b, b.input('hidden', 'f32', ['R', hiddenSize]), rows)
  const startPositions = b.input('positions', 'f32', ['B', 1])
  const slots = b.input('slots', 'f32', ['C'])
  const stops = b.input('stops', 'i64', ['K'])
  const uniforms = greedy ? null : b.input('uniforms', 'f32', ['N', 'B', vocabSize])
  const inverseTemperature = b.input('inverse_temperature', 'f32', [])
  const trips = b.input('trips', 'i64', [])
  const norm = b.input('final_norm', 'f32', [hiddenSize])
  const tables = rotaryInputs(b, config, startPositions)
  const layers = allLayers(b, plan)
  if (plan.embedding !== 'f32') throw new RangeError('the decode loop needs a dense embedding')
  const embedding = b.input('embedding', 'f32', [vocabSize, hiddenSize])
  const head = config.tiedEmbeddings ? embedding : b.input('head', 'f32', [vocabSize, hiddenSize])
  const headT = ops.transposeLast(b, head)
  const cache = regroup(b, config, cacheInputs(b, config, 'R', 'C0'), rows)
  const flatten = (entries: readonly KeysValues[]): Value[] => entries.flatMap(({ kT, v }) => [kT, v])
  const restore = (values: readonly Value[]): KeysValues[] =>
    layers.map((_, i) => ({ kT: values[2 * i], v: values[2 * i + 1] }))
  const unfinished = ops.scale(b, startPositions, 0)

  const outputs = ops.loop(
    b,
    trips,
    [startHidden, startPositions, unfinished, ...flatten(cache)],
    'n',
    (inner, iteration, [hidden, positions, finished, ...kv]) => {
      const logits = ops.mul(inner, ops.matMul(inner, hidden, headT), inverseTemperature)
      let scores = logits
      if (uniforms) {
        const drawn = ops.gather(inner, uniforms, iteration)
        scores = ops.sub(inner, logits, ops.log(inner, ops.neg(inner, ops.log(inner, drawn))))
      }
      const ids = ops.argMax(inner, scores)
      const columns = ops.reshape(inner, ids, ['B', 1])
      const logprobs = ops.gatherElements(inner, ops.logSoftmax(inner, logits), columns)
      const stopped = ops.reduceMax(
        inner,
        ops.cast(inner, ops.equal(inner, columns, stops), 'f32'),
        [1],
        true,
      )
      const over = ops.where(inner, ops.equal(inner, stopped, inner.floats([1], [])), stopped, finished)
      const least = ops.reduceMin(inner, over, [0, 1], false)
      const next = decodeLayers(inner, plan, {
        layers,
        cache: restore(kv),
        rotary: { ...tables, positions: ops.cast(inner, positions, 'i64') },
        x: ops.reshape(inner, ops.gather(inner, embedding, ids), ['B', 1, hiddenSize]),
        positions,
        slots,
      })
      const normed = rmsNorm(inner, next.hidden, norm, config.rmsNormEpsilon)
      return {
        goOn: ops.equal(inner, least, inner.floats([0], [])),
        carried: [
          ops.reshape(inner, normed, ['B', hiddenSize]),
          ops.add(inner, positions, inner.floats([1], [])),
          over,
          ...flatten(next.cache),
        ],
        scanned: [ids, ops.reshape(inner, logprobs, ['B'])],
      }
    },
  )
  const ids = outputs[outputs.length - 2]
  const logprobs = outputs[outputs.length - 1]
  b.output('hidden_out', outputs[0])
  restore(outputs.slice(3, -2)).forEach((entry, i) => {
    b.output(`l${i}.keys_out`, entry.kT)
    b.output(`l${i}.values_out`, entry.v)
  })
  b.output('ids', ids)
  b.output('logprobs', logprobs)
  return b.build()
}

/** hidden (T, H), head (V, H), inverse_temperature () -> log-softmax (T, V), inside the graph only. */
function logProbabilities(b: GraphBuilder, config: ModelConfig) {
  const hidden = b.input('hidden', 'f32', ['T', config.hiddenSize])
  const head = b.input('head', 'f32', [config.vocabSize, config.hiddenSize])
  const inverseTemperature = b.input('inverse_temperature', 'f32', [])
  const logits = ops.mul(b, ops.matMul(b, hidden, ops.transposeLast(b, head)), inverseTemperature)
  return { hidden, head, all: ops.logSoftmax(b, logits) }
}

/** hidden (T, H), head (V, H), ids (T, 1) i64, inverse_temperature () -> logprobs (T, 1), entropies (T, 1). */
export function tokenLogprobsGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('token logprobs')
  const { all } = logProbabilities(b, config)
  b.output('logprobs', ops.gatherElements(b, all, b.input('ids', 'i64', ['T', 1])))
  b.output('entropies', ops.neg(b, ops.reduceSum(b, ops.mul(b, ops.exp(b, all), all), [-1], true)))
  return b.build()
}

/**
 * Backward of `tokenLogprobsGraph`: plus coefficients (T, 1) = d loss / d logprob
 * -> dhidden (T, H), and where `withHead` dhead (V, H).
 */
export function tokenLogprobsGradGraph(config: ModelConfig, withHead: boolean): ModelDescription {
  const b = new GraphBuilder('token logprobs backward')
  const { hidden, head, all } = logProbabilities(b, config)
  const logprobs = ops.gatherElements(b, all, b.input('ids', 'i64', ['T', 1]))
  const coefficients = b.input('coefficients', 'f32', ['T', 1])
  const [dhidden, dhead] = gradients(b, logprobs, coefficients, withHead ? [hidden, head] : [hidden])
  b.output('dhidden', dhidden)
  if (withHead) b.output('dhead', dhead)
  return b.build()
}
