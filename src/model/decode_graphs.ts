/**
 * The graphs that write tokens one by one against a KV cache: a single step, several steps in a loop, and
 * the regrouping of rows in between. Names and shapes of inputs and outputs are in the comments.
 */
import { GraphBuilder, type Value } from '../onnx/graph'
import * as ops from '../onnx/ops'
import type { ModelDescription } from '../onnx/proto'
import type { ModelConfig } from './config'
import { embed, type GraphPlan, loraInput, rotaryInputs, withLora } from './graphs'
import { decoderLayer, type GraphLayer, type KeysValues, layerInputs, type Rotary, rmsNorm } from './layer'

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
