/**
 * The lm_head as graphs: logprobs of given tokens, and their gradient. Policies take the vocabulary in tiles,
 * so no run holds (T, V) logits. Full training, which trains the head itself, takes it as a whole.
 */
import type { BlockMatrix, DenseMatrix, Matrix } from '../../matrix/matrix'
import { gradients } from '../../onnx/autodiff'
import { GraphBuilder, type Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import { type ModelDescription, tensorOf } from '../../onnx/proto'
import type { ModelConfig } from '../import/config'
import { BLOCK_SIZE, blockCount } from '../weights/quantize'

/** Maximum vocabulary items of a tile. A tile of logits stays in the CPU's cache. */
const MOST_IN_TILE = 128

/** Stands in for -infinity: the difference of two maxima must not be inf - inf. */
const LOWEST = -1e38

/** Division of a vocabulary: `count` tiles of `size` items, the last one padded. */
export interface HeadTiles {
  readonly count: number
  readonly size: number
}

export function headTiles(vocabSize: number): HeadTiles {
  const count = Math.ceil(vocabSize / MOST_IN_TILE)
  return { count, size: Math.ceil(vocabSize / count) }
}

interface HeadInputs {
  /** hidden / temperature (T, H). */
  readonly scaled: Value
  readonly head: TiledHead
  /** (K, 1, N): 0, and `LOWEST` for the padding of the last tile. Null without padding. */
  readonly mask: Value | null
}

/** A head of K tiles, stored in the model: every run would copy a graph input. */
interface TiledHead {
  /** Tensors whose first axis counts the tiles. */
  readonly sequences: readonly Value[]
  /** Returns a tile (N, H) from its items in the sequences. */
  tile(b: GraphBuilder, items: readonly Value[]): Value
  /** The rows of given tokens (T, H). */
  chosen: Value
}

/**
 * Folds over the tiles of the vocabulary where `wanted` () i64 is 1, not 0. `body` gets a tile of the head
 * (N, H) and its logits (T, N).
 */
function overTiles(
  b: GraphBuilder,
  { scaled, head, mask }: HeadInputs,
  wanted: Value,
  start: readonly Value[],
  body: (inner: GraphBuilder, tile: Value, logits: Value, carried: readonly Value[]) => readonly Value[],
): Value[] {
  return ops.loop(b, wanted, start, 'n', (once, _, before) => {
    const sequences = mask ? [...head.sequences, mask] : head.sequences
    const carried = ops.scan(once, before, sequences, (inner, soFar, items) => {
      const tile = head.tile(inner, items)
      const logits = ops.matMulTransposed(inner, scaled, tile)
      return body(inner, tile, mask ? ops.add(inner, logits, items[items.length - 1]) : logits, soFar)
    })
    const goOn = ops.equal(once, once.ints([0], []), once.ints([0], []))
    return { goOn, carried, scanned: [] }
  })
}

/**
 * Builds token logprobs on a frozen head and their gradient. One model holds both, so that the head is in
 * memory once. Each part folds over tiles of the vocabulary; score, differentiate () i64 are 0 or 1 and run a
 * part 0 or 1 times.
 *
 * hidden (T, H), places (T, 2) i64 = tile of each id and item in it, or for a head in blocks ids (T) i32,
 * inverse_temperature () -> logprobs (T, 1), entropies (T, 1), log_sum_exps (T, 1), from running sums as in
 * `shaders/token_logprobs.wgsl`. With log_sum_exps_in (T, 1) and coefficients (T, 1) = d loss / d logprob it
 * recomputes the logits: dhidden (T, H) = c (W_id - sum_v p_v W_v) / temperature.
 * @param head (V, H); blocks are dequantized tile by tile
 */
export function frozenHeadGraph({ hiddenSize }: ModelConfig, head: Matrix): ModelDescription {
  const b = new GraphBuilder('frozen head')
  const hidden = b.input('hidden', 'f32', ['T', hiddenSize])
  const inverseTemperature = b.input('inverse_temperature', 'f32', [])
  const tiles = headTiles(head.out)
  const inputs: HeadInputs = {
    scaled: ops.mul(b, hidden, inverseTemperature),
    head: head.kind === 'f32' ? denseTiles(b, tiles, head) : blockTiles(b, tiles, head),
    mask: tileMask(b, tiles, head.out),
  }
  const { chosen } = inputs.head
  score(b, inputs, chosen)
  const logSumExp = b.input('log_sum_exps_in', 'f32', ['T', 1])
  const coefficients = b.input('coefficients', 'f32', ['T', 1])
  const wanted = b.input('differentiate', 'i64', [])
  const start = ops.mul(b, coefficients, chosen)
  const [sum] = overTiles(b, inputs, wanted, [start], (inner, tile, logits, [soFar]) => {
    const probabilities = ops.exp(inner, ops.sub(inner, logits, logSumExp))
    return [ops.sub(inner, soFar, ops.matMul(inner, ops.mul(inner, probabilities, coefficients), tile))]
  })
  b.output('dhidden', ops.mul(b, sum, inverseTemperature))
  return b.build()
}

function denseTiles(b: GraphBuilder, { count, size }: HeadTiles, head: DenseMatrix): TiledHead {
  const shape = [count, size, head.in]
  const tiles = b.initializer('head', tensorOf('f32', shape, filledUp(head.data, count * size * head.in)))
  const chosen = ops.gatherPairs(b, tiles, b.input('places', 'i64', ['T', 2]))
  return { sequences: [tiles], tile: (_, [tile]) => tile, chosen }
}

function blockTiles(b: GraphBuilder, { count, size }: HeadTiles, head: BlockMatrix): TiledHead {
  const blocks = blockCount(head.in)
  const bytes = (BLOCK_SIZE * head.bits) / 8
  const packed = tensorOf(
    'u8',
    [count, size, blocks, bytes],
    filledUp(head.packed, count * size * blocks * bytes),
  )
  const scales = tensorOf('f32', [count, size * blocks], filledUp(head.scales, count * size * blocks))
  const sequences = [b.initializer('head.packed', packed), b.initializer('head.scales', scales)]
  const operand = ([rows, factors]: readonly Value[], out: number): ops.BlockOperand => ({
    packed: rows,
    scales: factors,
    bits: head.bits,
    in: head.in,
    out,
  })
  return {
    sequences,
    tile: (inner, items) => ops.dequantizeBlocks(inner, operand(items, size)),
    chosen: ops.gatherBlocks(b, operand(sequences, count * size), b.input('ids', 'i32', ['T'])),
  }
}

function filledUp<T extends Float32Array | Uint8Array>(data: T, length: number): T {
  if (data.length === length) return data
  const filled = new (data.constructor as new (length: number) => T)(length)
  filled.set(data)
  return filled
}

function tileMask(b: GraphBuilder, { count, size }: HeadTiles, vocabSize: number): Value | null {
  if (count * size === vocabSize) return null
  const mask = new Float32Array(count * size).fill(LOWEST, vocabSize)
  return b.initializer('mask', tensorOf('f32', [count, 1, size], mask))
}

function score(b: GraphBuilder, inputs: HeadInputs, chosen: Value): void {
  const wanted = b.input('score', 'i64', [])
  const logit = ops.reduceSum(b, ops.mul(b, inputs.scaled, chosen), [1], true)
  const zero = ops.scale(b, logit, 0)
  const start = [ops.add(b, zero, b.floats([LOWEST], [])), zero, zero]
  const [top, sum, weighted] = overTiles(b, inputs, wanted, start, (inner, _, logits, carried) => {
    const [maxSoFar, sumSoFar, weightedSoFar] = carried
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
  })
  const logSum = ops.log(b, sum)
  const logSumExp = ops.add(b, top, logSum)
  b.output('logprobs', ops.sub(b, logit, logSumExp))
  b.output('entropies', ops.sub(b, logSum, ops.div(b, weighted, sum)))
  b.output('log_sum_exps', logSumExp)
}

/**
 * Builds logprobs at temperature 1 and their whole gradient, with (T, V) in memory: hidden (T, H), head (V,
 * H), ids (T, 1) i64, coefficients (T, 1) = d loss / d logprob -> logprobs (T, 1), dhidden (T, H), dhead (V,
 * H).
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
