/**
 * Graphs that write tokens one by one against a KV cache: a single step, several steps in a loop, and the
 * start and end of a chunk. The comments give names and shapes of inputs and outputs.
 */
import { GraphBuilder, type Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import type { ModelDescription } from '../../onnx/proto'
import type { Dim, Shape } from '../../onnx/shape'
import { hasKind, kindOf, type LayerKind } from '../import/config'
import { attendOver, type KeysValues } from './attention'
import { chunkMasks } from './decode_masks'
import {
  embed,
  embeddingInput,
  type GraphPlan,
  loopedLayer,
  rotaryInputs,
  steppedLayer,
  TABLE_SUFFIX,
} from './graphs'
import { decoderLayer, finalNorm, type GraphLayer, type GraphTable, type Rotary, tableInput } from './layer'

/**
 * Declares each layer's KV cache (B, kv, D, C) and (B, kv, C, D) with C slots as inputs of a decode graph.
 */
function cacheInputs(
  b: GraphBuilder,
  { config: { layers, kvHeads, headDim }, activations }: GraphPlan,
  batch: Dim,
  slots: Dim,
  kind = '',
): KeysValues[] {
  return Array.from({ length: layers }, (_, i) => ({
    kT: b.input(`l${i}.${kind}keys`, activations, [batch, kvHeads, headDim, slots]),
    v: b.input(`l${i}.${kind}values`, activations, [batch, kvHeads, slots, headDim]),
  }))
}

/** Declares the weights and LoRA of all layers as inputs prefixed `l0.`, `l1.` … */
function allLayers(
  b: GraphBuilder,
  plan: GraphPlan,
  layer: typeof loopedLayer | typeof steppedLayer,
): GraphLayer[] {
  return Array.from({ length: plan.config.layers }, (_, i) => layer(b, plan, `l${i}.`))
}

/**
 * Runs one token through all layers. The cache does not change. The chunk's tokens have a small cache
 * `recent`, where this step writes the same slot for every row, so no step copies earlier keys. x (B, 1, H),
 * additive mask of the cache's slots `mask` (B, C), with local layers their `ages` (B, C), step () f32, recent
 * slots `index` (N) f32 = 0 … N-1, lengths (2) = [C, N].
 */
function decodeLayers(
  b: GraphBuilder,
  plan: GraphPlan,
  parts: {
    layers: readonly GraphLayer[]
    cache: readonly KeysValues[]
    recent: readonly KeysValues[]
    rotary: Rotaries
    x: Value
    mask: Value
    ages: Value | null
    step: Value
    index: Value
    lengths: Value
    /**
     * Product that puts keys and values in their slot. On wasm a matrix product takes half the time of `mul`,
     * on WebGPU many times as long.
     */
    spread: typeof ops.mul | typeof ops.matMul
  },
): { hidden: Value; recent: KeysValues[] } {
  const { lengths, index, step } = parts
  const { activations, config } = plan
  const count = index.shape[0]
  const masks = chunkMasks(b, plan, parts)
  // The slots are zero until written. A product with 1 in this step's slot and 0 elsewhere is exact, and on
  // wasm it takes a fifth of the time of Where.
  const here = ops.cast(b, ops.equal(b, index, step), activations)
  const hereInKeys = ops.reshape(b, here, [1, 1, 1, count])
  const hereInValues = ops.reshape(b, here, [1, 1, count, 1])
  let x = parts.x
  const recent: KeysValues[] = []
  parts.layers.forEach((layer, i) => {
    const kind = kindOf(config, i)
    const mask = masks(kind)
    const segments = (own: KeysValues) => {
      const merged = {
        kT: ops.add(b, parts.recent[i].kT, parts.spread(b, own.kT, hereInKeys)),
        v: ops.add(b, parts.recent[i].v, parts.spread(b, hereInValues, own.v)),
      }
      recent.push(merged)
      return [
        { ...parts.cache[i], mask: mask.cache },
        { ...merged, mask: mask.recent },
      ]
    }
    const attend = attendOver(b, config, segments, lengths)
    x = decoderLayer(b, config, layer, x, { type: activations, rotary: parts.rotary[kind], attend })
  })
  return { hidden: x, recent }
}

/** Rotary embedding of each kind of layer that the model has. */
type Rotaries = Readonly<Record<LayerKind, Rotary | null>>

function rotariesInputs(b: GraphBuilder, { config, activations }: GraphPlan, positions: Value): Rotaries {
  const tables = (kind: 'full' | 'local') =>
    hasKind(config, kind) ? rotaryInputs(b, config, activations, positions, TABLE_SUFFIX[kind]) : null
  return { full: tables('full'), local: tables('local'), unrotated: null }
}

/** Returns the same tables for other positions. */
function at({ full, local }: Rotaries, positions: Value): Rotaries {
  return { full: full && { ...full, positions }, local: local && { ...local, positions }, unrotated: null }
}

/** Declares the masks' inputs: `mask` (B, C) and, with local layers, `ages` (B, C). */
function maskInputs(b: GraphBuilder, { config }: GraphPlan, rows: Dim, slots: Dim) {
  return {
    mask: b.input('mask', 'f32', [rows, slots]),
    ages: hasKind(config, 'local') ? b.input('ages', 'f32', [rows, slots]) : null,
  }
}

/**
 * Declares the inputs of a chunk besides its rows: the masks of the cache, and the slots that the chunk
 * writes.
 */
function chunkInputs(b: GraphBuilder, plan: GraphPlan) {
  return {
    ...maskInputs(b, plan, 'B', 'C'),
    index: b.input('index', 'f32', ['N']),
    lengths: b.input('lengths', 'i64', [2]),
  }
}

/** Rows, slots of the cache, and tokens of a chunk. */
export interface StepShape {
  readonly rows: number
  readonly slots: number
  readonly steps: number
}

/**
 * Builds one decode step of a fixed shape, for backends that sample outside the graph: B rows, C slots, N
 * tokens a chunk. ids (B) i32, positions (B, 1) f32, step (1) f32, mask (B, C), cos, sin, weights, l{i}.keys
 * (B, kv, D, C), l{i}.values, l{i}.recent_keys (B, kv, D, N), l{i}.recent_values -> hidden (B, H) after the
 * final norm, l{i}.recent_keys_out, l{i}.recent_values_out.
 */
export function decodeStepGraph(plan: GraphPlan, { rows, slots, steps }: StepShape): ModelDescription {
  const { config } = plan
  const b = new GraphBuilder('decode step')
  const ids = b.input('ids', 'i32', [rows])
  const positions = b.input('positions', 'f32', [rows, 1])
  const step = b.input('step', 'f32', [1])
  const masks = maskInputs(b, plan, rows, slots)
  const index = b.floats(Array.from({ length: steps }, (_, i) => i))
  const lengths = b.ints([slots, steps])
  const rotary = rotariesInputs(b, plan, ops.cast(b, positions, 'i64'))
  const norm = b.input('final_norm', 'f32', [config.hiddenSize])
  const layers = allLayers(b, plan, steppedLayer)
  const cache = cacheInputs(b, plan, rows, slots)
  const recent = cacheInputs(b, plan, rows, steps, 'recent_')
  const x = ops.reshape(b, embed(b, config, embeddingInput(b, plan), ids), [rows, 1, config.hiddenSize])
  const next = decodeLayers(b, plan, {
    layers,
    cache,
    recent,
    rotary,
    x,
    step,
    ...masks,
    index,
    lengths,
    spread: ops.mul,
  })
  // A recording holds kernels but no copies, so each output must be what a kernel writes.
  const last = ops.reshape(b, next.hidden, [rows, config.hiddenSize])
  b.output('hidden', finalNorm(b, config, last, norm))
  cacheOutputs(b, next.recent, 'recent_')
  return b.build()
}

function cacheOutputs(b: GraphBuilder, cache: readonly KeysValues[], kind = ''): void {
  cache.forEach(({ kT, v }, i) => {
    b.output(`l${i}.${kind}keys_out`, kT)
    b.output(`l${i}.${kind}values_out`, v)
  })
}

/** Picks rows of a cache: cache (R, …), rows (B) -> (B, …). */
function pick(b: GraphBuilder, cache: readonly KeysValues[], rows: Value): KeysValues[] {
  return cache.map(({ kT, v }) => ({ kT: ops.gather(b, kT, rows), v: ops.gather(b, v, rows) }))
}

/**
 * Makes empty slots of a layer's cache, counted by a symbol: {key}_sizes (4) i64 = [B, kv, D, slots],
 * {value}_sizes (4) = [B, kv, slots, D].
 */
function emptySlots(
  b: GraphBuilder,
  { config: { kvHeads, headDim }, activations }: GraphPlan,
  slots: string,
): KeysValues {
  const zeros = (name: string, shape: Shape) =>
    ops.castTo(b, ops.zerosOfShape(b, b.input(name, 'i64', [4]), shape), activations)
  return {
    kT: zeros('key_sizes', ['B', kvHeads, headDim, slots]),
    v: zeros('value_sizes', ['B', kvHeads, slots, headDim]),
  }
}

/** Appends a chunk's slots to the cache. */
function join(b: GraphBuilder, cache: readonly KeysValues[], recent: readonly KeysValues[]): KeysValues[] {
  return cache.map(({ kT, v }, i) => ({
    kT: ops.concat(b, [kT, recent[i].kT], 3),
    v: ops.concat(b, [v, recent[i].v], 2),
  }))
}

/**
 * Builds the start of a chunk for `decodeStepGraph`. It picks rows of a batch (a prompt for each of its
 * rollouts, or the rows still alive) and adds slots up to C, at least one. rows (B) i32, hidden (R, H),
 * l{i}.keys (R, kv, D, c), l{i}.values, key_sizes (4) = [B, kv, D, C - c], value_sizes (4) = [B, kv, C - c,
 * D] -> hidden_out (B, H), l{i}.keys_out (B, kv, D, C), l{i}.values_out.
 */
export function startChunkGraph(plan: GraphPlan): ModelDescription {
  const b = new GraphBuilder('start chunk')
  const rows = b.input('rows', 'i32', ['B'])
  const hidden = b.input('hidden', 'f32', ['R', plan.config.hiddenSize])
  b.output('hidden_out', ops.gather(b, hidden, rows))
  const added = emptySlots(b, plan, 'P')
  const picked = pick(b, cacheInputs(b, plan, 'R', 'c'), rows)
  cacheOutputs(
    b,
    picked.map(({ kT, v }) => ({
      kT: ops.concat(b, [kT, added.kT], 3, 'C'),
      v: ops.concat(b, [v, added.v], 2, 'C'),
    })),
  )
  return b.build()
}

/**
 * Builds the end of a chunk: it drops the added slots and appends the chunk's tokens. slots (1) i64 = c,
 * l{i}.keys (B, kv, D, C), l{i}.values, l{i}.recent_keys (B, kv, D, N), l{i}.recent_values, steps (1) i64 = n
 * -> l{i}.keys_out (B, kv, D, c + n), l{i}.values_out.
 */
export function endChunkGraph(plan: GraphPlan): ModelDescription {
  const b = new GraphBuilder('end chunk')
  const [slots, steps] = [b.input('slots', 'i64', [1]), b.input('steps', 'i64', [1])]
  const opening = (cache: readonly KeysValues[], end: Value, dim: string) =>
    cache.map(({ kT, v }) => ({
      kT: ops.sliceBetween(b, kT, 3, b.ints([0]), end, dim),
      v: ops.sliceBetween(b, v, 2, b.ints([0]), end, dim),
    }))
  const before = opening(cacheInputs(b, plan, 'B', 'C'), slots, 'c')
  const written = opening(cacheInputs(b, plan, 'B', 'N', 'recent_'), steps, 'n')
  cacheOutputs(b, join(b, before, written))
  return b.build()
}

/**
 * Returns x (B, H) -> x head^T (B, V) for use inside a loop. A dense head is transposed once, before the
 * loop.
 */
function productWith(b: GraphBuilder, head: GraphTable): (inner: GraphBuilder, x: Value) => Value {
  if (head.kind === 'blocks') return (inner, x) => ops.matMulNBits(inner, x, head)
  const turned = ops.transposeLast(b, head.rows)
  return (inner, x) => ops.matMul(inner, x, turned)
}

/**
 * Builds several decode steps in one run, including sampling (ONNX Loop), for wasm, where every run copies
 * its inputs and outputs. It picks rows first and samples by Gumbel-max from given uniforms, as
 * shaders/sample.wgsl does. rows (B) i32, hidden (R, H), positions (B, 1) f32 = that of the first new token,
 * mask (B, C), index (N) f32, lengths (2) i64, stops (K) i64, uniforms (N, B, V), noise () = 1 [(N, 1, 1) and
 * 0 when greedy], inverse_temperature (), trips () i64, embedding and, where it is not tied, head (V, H),
 * l{i}.keys (R, kv, D, C), l{i}.values, key_sizes, value_sizes, weights -> ids (n, B) i64, logprobs (n, B),
 * hidden_out (B, H), l{i}.keys_out (B, kv, D, C+N), l{i}.values_out.
 */
export function decodeLoopGraph(plan: GraphPlan): ModelDescription {
  const { config } = plan
  const { hiddenSize, vocabSize } = config
  const b = new GraphBuilder('decode loop')
  const rows = b.input('rows', 'i32', ['B'])
  const startHidden = ops.gather(b, b.input('hidden', 'f32', ['R', hiddenSize]), rows)
  const startPositions = b.input('positions', 'f32', ['B', 1])
  const chunk = chunkInputs(b, plan)
  const stops = b.input('stops', 'i64', ['K'])
  // Dimensions of the logits; 1 where greedy, because they are then multiplied by 0.
  const uniforms = b.input('uniforms', 'f32', ['N', 'U', 'W'])
  const noise = b.input('noise', 'f32', [])
  const inverseTemperature = b.input('inverse_temperature', 'f32', [])
  const trips = b.input('trips', 'i64', [])
  const norm = b.input('final_norm', 'f32', [hiddenSize])
  const tables = rotariesInputs(b, plan, startPositions)
  const layers = allLayers(b, plan, loopedLayer)
  const embedding = embeddingInput(b, plan)
  const head = config.tiedEmbeddings
    ? embedding
    : tableInput(b, 'head', plan.head, { in: hiddenSize, out: vocabSize })
  const logitsOf = productWith(b, head)
  const cache = pick(b, cacheInputs(b, plan, 'R', 'C'), rows)
  const empty = emptySlots(b, plan, 'N')
  const flatten = (entries: readonly KeysValues[]): Value[] => entries.flatMap(({ kT, v }) => [kT, v])
  const restore = (values: readonly Value[]): KeysValues[] =>
    layers.map((_, i) => ({ kT: values[2 * i], v: values[2 * i + 1] }))
  const unfinished = ops.scale(b, startPositions, 0)

  const outputs = ops.loop(
    b,
    trips,
    [startHidden, startPositions, unfinished, ...flatten(cache.map(() => empty))],
    'n',
    (inner, iteration, [hidden, positions, finished, ...kv]) => {
      const logits = ops.mul(inner, logitsOf(inner, hidden), inverseTemperature)
      const drawn = { ...ops.gather(inner, uniforms, iteration), shape: logits.shape }
      const minusGumbel = ops.log(inner, ops.neg(inner, ops.log(inner, drawn)))
      const ids = ops.argMax(inner, ops.sub(inner, logits, ops.mul(inner, minusGumbel, noise)))
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
        ...chunk,
        layers,
        cache,
        recent: restore(kv),
        step: ops.cast(inner, iteration, 'f32'),
        rotary: at(tables, ops.cast(inner, positions, 'i64')),
        x: ops.reshape(inner, embed(inner, config, embedding, ids), ['B', 1, hiddenSize]),
        spread: ops.matMul,
      })
      const normed = finalNorm(inner, config, next.hidden, norm)
      return {
        goOn: ops.equal(inner, least, inner.floats([0], [])),
        carried: [
          ops.reshape(inner, normed, ['B', hiddenSize]),
          ops.add(inner, positions, inner.floats([1], [])),
          over,
          ...flatten(next.recent),
        ],
        scanned: [ids, ops.reshape(inner, logprobs, ['B'])],
      }
    },
  )
  const ids = outputs[outputs.length - 2]
  const logprobs = outputs[outputs.length - 1]
  b.output('hidden_out', outputs[0])
  cacheOutputs(b, join(b, cache, restore(outputs.slice(3, -2))))
  b.output('ids', ids)
  b.output('logprobs', logprobs)
  return b.build()
}
