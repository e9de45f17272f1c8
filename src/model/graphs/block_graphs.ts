/**
 * A layer's forward and backward pass over packed rows, cut from one graph: for LoRA on frozen weights, and
 * for all weights of a dense layer (pretraining).
 */
import { gradients } from '../../onnx/autodiff'
import { GraphBuilder, type Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import { type Halves, partition } from '../../onnx/partition'
import type { FloatType, ModelDescription } from '../../onnx/proto'
import { type Dim, product, type Shape } from '../../onnx/shape'
import { LINEARS, linearShape, type ModelConfig, perLinear } from '../import/config'
import { packTensors } from '../train/lora'
import { type Attend, attendInBlocks, opening, QUERY_BLOCKS, UNSEEN } from './attention'
import { type GraphPlan, loraInput, rotaryInputs, trainedLayer } from './graphs'
import { decoderLayer, type GraphLayer } from './layer'
import { pack, unpack } from './lora_graph'

/**
 * Declares x, positions, tables and masks of a block graph, and attention among the tokens of each row. The
 * forward and backward halves share them.
 */
function blockInputs(
  b: GraphBuilder,
  { config, queryBlocks, activations }: Pick<GraphPlan, 'config' | 'queryBlocks' | 'activations'>,
) {
  const x = b.input('x', 'f32', ['B', 'S', config.hiddenSize])
  const positions = ops.cast(b, b.input('positions', 'f32', ['B', 'S']), 'i64')
  const rotary = rotaryInputs(b, config, activations, positions)
  const masks = maskShapes(queryBlocks).map((shape, i) => b.input(maskName(i), activations, shape))
  return { x, type: activations, rotary, attend: attendInBlocks(b, config, masks) }
}

function maskName(block: number): string {
  return `mask${block}`
}

/** Returns the masks' shapes: block i of n has S / n queries, which see the first (i + 1) S / n tokens. */
function maskShapes(queryBlocks: number): Shape[] {
  const short = queryBlocks === 1 ? 'S' : `S/${queryBlocks}`
  return Array.from({ length: queryBlocks }, (_, i) => ['B', 1, short, product([i + 1, short])])
}

/**
 * Builds the additive attention masks of packed rows for each block of queries: 0 where token i sees token j
 * (j <= i < ends[j]), `UNSEEN` elsewhere. ends (B, S) f32, index (S) f32 = 0 … S-1 -> mask0 … (B, 1, S/n, (i
 * + 1) S/n).
 * @param window with it, positions (B, S) f32 are an input, and a token sees only tokens of its sequence whose
 * position is less than `window` before its own
 */
export function treeMaskGraph(
  queryBlocks: number,
  activations: FloatType,
  window: number | null = null,
): ModelDescription {
  const b = new GraphBuilder('tree mask')
  const ends = b.input('ends', 'f32', ['B', 'S'])
  const index = b.input('index', 'f32', ['S'])
  const [seen, hidden] = [0, UNSEEN].map((added) => b.floats([added], [], activations))
  const shapes = maskShapes(queryBlocks)
  const short = shapes[0][2]
  const inBlocks = (x: Value, axis: number) => ops.splitEqually(b, x, axis, queryBlocks, short)
  const positions = window === null ? [] : inBlocks(b.input('positions', 'f32', ['B', 'S']), 1)
  const [endsOf, indexOf] = [inBlocks(ends, 1), inBlocks(index, 0)]
  const dropped = (i: number, length: Dim) => {
    const from = ops.reshape(b, positions[i], ['B', 1, short, 1])
    const to = ops.reshape(b, opening(b, positions, i + 1, 1), ['B', 1, 1, length])
    return ops.lessOrEqual(b, ops.add(b, to, b.floats([window ?? 0], [])), from)
  }
  shapes.forEach(([, , , length], i) => {
    const query = ops.reshape(b, indexOf[i], [1, 1, short, 1])
    const key = ops.reshape(b, opening(b, indexOf, i + 1, 0), [1, 1, 1, length])
    const causal = ops.where(b, ops.lessOrEqual(b, key, query), seen, hidden)
    const near = window === null ? causal : ops.where(b, dropped(i, length), hidden, causal)
    const end = ops.reshape(b, opening(b, endsOf, i + 1, 1), ['B', 1, 1, length])
    b.output(maskName(i), ops.where(b, ops.lessOrEqual(b, end, query), hidden, near))
  })
  return b.build()
}

/**
 * Builds one layer over packed rows, right-padded; `treeMaskGraph` makes the masks. Forward: x (B, S, H),
 * positions (B, S) f32, cos, sin (P, D/2), masks, weights, lora (P) -> y (B, S, H), keys (B, kv, D, S),
 * values (B, kv, S, D), and kept results. Backward: the inputs it needs, kept results, dy (B, S, H) and the
 * gradient accumulated so far gradient_in (P) -> dx (B, S, H), gradient (P). In f16 dy and dx are scaled, and
 * unscale () undoes that (`finalNormBackwardGraph`).
 * @throws RangeError for a plan without LoRA
 */
export function blockGraphs(plan: GraphPlan): Halves {
  const { config, lora } = plan
  if (!lora) throw new RangeError('the graphs of training need LoRA')
  const b = new GraphBuilder('block')
  const { x, ...place } = blockInputs(b, plan)
  const attend: Attend = (q, own) => {
    b.output('keys', own.kT)
    b.output('values', own.v)
    return place.attend(q, own)
  }
  const { flat, parameters } = loraInput(b, plan, lora)
  const y = decoderLayer(b, config, trainedLayer(b, plan, lora, parameters), x, { ...place, attend })
  b.output('y', y)
  const forwardNodes = b.nodes.length
  const dy = b.input('dy', 'f32', x.shape)
  const accumulated = b.input('gradient_in', 'f32', flat.shape)
  const [dx, ...gradient] = gradients(b, y, dy, [x, ...parameters.values()], plan.weightSums)
  b.output('dx', dx)
  const added = ops.castTo(b, pack(b, gradient), 'f32')
  const unscaled = plan.activations === 'f16' ? ops.mul(b, added, b.input('unscale', 'f32', [])) : added
  b.output('gradient', ops.add(b, accumulated, unscaled))
  const outputs = { forward: ['y', 'keys', 'values'], backward: ['dx', 'gradient'] }
  return partition(b, forwardNodes, outputs, !plan.gradientCheckpointing)
}

/** Returns the layout of a layer's own weights in one flat array, for full-parameter training. */
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

/**
 * `blockGraphs` without LoRA or caches. `weights` (P) holds all of the layer's weights; the gradient is
 * theirs.
 */
export function denseBlockGraphs(config: ModelConfig): Halves {
  const b = new GraphBuilder('dense block')
  const { x, ...place } = blockInputs(b, { config, queryBlocks: QUERY_BLOCKS, activations: 'f32' })
  const layout = weightsLayout(config)
  const flat = b.input('weights', 'f32', [layout.size])
  const values = unpack(b, flat, layout.tensors)
  const y = decoderLayer(b, config, layerFromFlat(values), x, place)
  b.output('y', y)
  const forwardNodes = b.nodes.length
  const dy = b.input('dy', 'f32', x.shape)
  const accumulated = b.input('gradient_in', 'f32', flat.shape)
  const [dx, ...gradient] = gradients(b, y, dy, [x, ...values.values()])
  b.output('dx', dx)
  b.output('gradient', ops.add(b, accumulated, pack(b, gradient)))
  return partition(b, forwardNodes, { forward: ['y'], backward: ['dx', 'gradient'] }, true)
}
