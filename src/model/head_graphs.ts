/**
 * The lm_head as graphs: logprobs of given tokens, and their gradient. For policies the vocabulary goes by in tiles, so that no run
 * holds (T, V) logits; for full training, where the head itself is trained, all at once.
 */
import { gradients } from '../onnx/autodiff'
import { GraphBuilder, type Value } from '../onnx/graph'
import * as ops from '../onnx/ops'
import type { ModelDescription } from '../onnx/proto'
import type { ModelConfig } from './config'

/** Vocabulary items to a tile: with 512 tokens half a megabyte of logits, which stays in the cache. */
const TILE = 256

/** Stands in for -infinity, so that no difference of two maxima is inf - inf. */
const LOWEST = -1e38

interface HeadInputs {
  /** hidden / temperature (T, H). */
  readonly scaled: Value
  readonly inverseTemperature: Value
  /** (V, H). */
  readonly head: Value
  /** (T) i32. */
  readonly ids: Value
}

function headInputs(b: GraphBuilder, { hiddenSize, vocabSize }: ModelConfig): HeadInputs {
  const hidden = b.input('hidden', 'f32', ['T', hiddenSize])
  const head = b.input('head', 'f32', [vocabSize, hiddenSize])
  const ids = b.input('ids', 'i32', ['T'])
  const inverseTemperature = b.input('inverse_temperature', 'f32', [])
  return { scaled: ops.mul(b, hidden, inverseTemperature), inverseTemperature, head, ids }
}

/** Folds over the tiles of the vocabulary: `body` gets a tile of the head (N, H) and its logits (T, N). */
function overTiles(
  b: GraphBuilder,
  { scaled, head }: HeadInputs,
  start: readonly Value[],
  body: (inner: GraphBuilder, tile: Value, logits: Value, carried: readonly Value[]) => readonly Value[],
): Value[] {
  const tiles = b.ints([Math.ceil(Number(head.shape[0]) / TILE)], [])
  return ops.loop(b, tiles, start, 'n', (inner, index, carried) => {
    const from = ops.mul(inner, ops.reshape(inner, index, [1]), inner.ints([TILE]))
    const tile = ops.sliceBetween(inner, head, 0, from, ops.add(inner, from, inner.ints([TILE])), 'N')
    const logits = ops.matMulTransposed(inner, scaled, tile)
    const goOn = ops.equal(inner, inner.ints([0], []), inner.ints([0], []))
    return { goOn, carried: body(inner, tile, logits, carried), scanned: [] }
  })
}

/** A column (T, 1) of one value. */
function column(b: GraphBuilder, { scaled }: HeadInputs, value: number): Value {
  const zero = ops.scale(b, ops.reduceSum(b, scaled, [1], true), 0)
  return value === 0 ? zero : ops.add(b, zero, b.floats([value], []))
}

/**
 * hidden (T, H), head (V, H), ids (T) i32, inverse_temperature () -> logprobs (T, 1), entropies (T, 1), log_sum_exps (T, 1).
 * Keeps running sums over the tiles, as `shaders/token_logprobs.wgsl` does.
 */
export function tokenLogprobsGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('token logprobs')
  const inputs = headInputs(b, config)
  const zero = column(b, inputs, 0)
  const start = [column(b, inputs, LOWEST), zero, zero]
  const [top, sum, weighted] = overTiles(
    b,
    inputs,
    start,
    (inner, _, logits, [maxSoFar, sumSoFar, weightedSoFar]) => {
      const above = ops.max(inner, maxSoFar, ops.reduceMax(inner, logits, [1], true))
      const below = ops.sub(inner, logits, above)
      const e = ops.exp(inner, below)
      const drop = ops.sub(inner, maxSoFar, above)
      const shrink = ops.exp(inner, drop)
      const moved = ops.mul(inner, ops.add(inner, weightedSoFar, ops.mul(inner, drop, sumSoFar)), shrink)
      return [
        above,
        ops.add(inner, ops.mul(inner, sumSoFar, shrink), ops.reduceSum(inner, e, [1], true)),
        ops.add(inner, moved, ops.reduceSum(inner, ops.mul(inner, e, below), [1], true)),
      ]
    },
  )
  const logSum = ops.log(b, sum)
  const logSumExp = ops.add(b, top, logSum)
  const chosen = ops.reduceSum(
    b,
    ops.mul(b, inputs.scaled, ops.gather(b, inputs.head, inputs.ids)),
    [1],
    true,
  )
  b.output('logprobs', ops.sub(b, chosen, logSumExp))
  b.output('entropies', ops.sub(b, logSum, ops.div(b, weighted, sum)))
  b.output('log_sum_exps', logSumExp)
  return b.build()
}

/**
 * Backward of `tokenLogprobsGraph` for frozen heads, the logits made anew: plus log_sum_exps (T, 1) and coefficients (T, 1) =
 * d loss / d logprob -> dhidden (T, H) = c (W_id - sum_v p_v W_v) / temperature.
 */
export function tokenLogprobsGradGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('token logprobs backward')
  const inputs = headInputs(b, config)
  const logSumExp = b.input('log_sum_exps', 'f32', ['T', 1])
  const coefficients = b.input('coefficients', 'f32', ['T', 1])
  const start = ops.mul(b, coefficients, ops.gather(b, inputs.head, inputs.ids))
  const [sum] = overTiles(b, inputs, [start], (inner, tile, logits, [soFar]) => {
    const probabilities = ops.exp(inner, ops.sub(inner, logits, logSumExp))
    return [ops.sub(inner, soFar, ops.matMul(inner, ops.mul(inner, probabilities, coefficients), tile))]
  })
  b.output('dhidden', ops.mul(b, sum, inputs.inverseTemperature))
  return b.build()
}

/**
 * Logprobs at temperature 1 and their whole gradient, (T, V) in memory: hidden (T, H), head (V, H), ids (T, 1) i64, coefficients
 * (T, 1) = d loss / d logprob -> logprobs (T, 1), dhidden (T, H), dhead (V, H).
 */
export function trainedHeadGraph({ hiddenSize, vocabSize }: ModelConfig): ModelDescription {
  const b = new GraphBuilder('trained head')
  const hidden = b.input('hidden', 'f32', ['T', hiddenSize])
  const head = b.input('head', 'f32', [vocabSize, hiddenSize])
  const all = ops.logSoftmax(b, ops.matMul(b, hidden, ops.transposeLast(b, head)))
  const logprobs = ops.gatherElements(b, all, b.input('ids', 'i64', ['T', 1]))
  const coefficients = b.input('coefficients', 'f32', ['T', 1])
  const [dhidden, dhead] = gradients(b, logprobs, coefficients, [hidden, head])
  b.output('logprobs', logprobs)
  b.output('dhidden', dhidden)
  b.output('dhead', dhead)
  return b.build()
}
