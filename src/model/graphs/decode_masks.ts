/** Attention masks of a decode step: the cache's slots, and those that the chunk has written. */
import type { GraphBuilder, Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import type { LayerKind } from '../import/config'
import { UNSEEN } from './attention'
import type { GraphPlan } from './graphs'

/** Additive masks that broadcast over rows and heads: of the cache (B, 1, 1, C), of recent slots (1, 1, 1, N). */
interface StepMasks {
  readonly cache: Value
  readonly recent: Value
}

/**
 * Builds a step's masks for each kind of layer. A local layer hides the slots whose token lies `window` or
 * more positions before the step's.
 * @param parts mask (B, C), ages (B, C) f32 = positions from each slot to the chunk's first token, or null
 * without local layers, step () f32, index (N) f32
 */
export function chunkMasks(
  b: GraphBuilder,
  { config, activations }: GraphPlan,
  { mask, ages, step, index }: { mask: Value; ages: Value | null; step: Value; index: Value },
): (kind: LayerKind) => StepMasks {
  const [batch, slots] = mask.shape
  const cacheOf = (values: Value) => ops.castTo(b, ops.reshape(b, values, [batch, 1, 1, slots]), activations)
  const recentOf = (values: Value) => ops.reshape(b, values, [1, 1, 1, index.shape[0]])
  const [seen, unseen] = [0, UNSEEN].map((added) => b.floats([added], [], activations))
  const written = ops.where(b, ops.lessOrEqual(b, index, step), seen, unseen)
  const all = { cache: cacheOf(mask), recent: recentOf(written) }
  const window = config.attention?.local?.window
  if (!ages || window === undefined) return () => all
  const width = b.floats([window], [])
  const past = ops.lessOrEqual(b, width, ops.add(b, ages, step))
  const near = ops.where(b, past, b.floats([UNSEEN], []), mask)
  const dropped = ops.lessOrEqual(b, ops.add(b, index, width), step)
  const local = { cache: cacheOf(near), recent: recentOf(ops.where(b, dropped, unseen, written)) }
  return (kind) => (kind === 'local' ? local : all)
}
