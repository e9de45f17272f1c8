/**
 * Attention as graph nodes: among the tokens of a row, in blocks of queries with their own backward rule
 * (prefill and training), and over several segments of keys, for decoding.
 */
import type { GraphBuilder, Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import { product } from '../../onnx/shape'
import type { ModelConfig } from '../import/config'

/** Keys and values of this call's rows: kT (B, kv, D, S) transposed, v (B, kv, S, D). */
export interface KeysValues {
  readonly kT: Value
  readonly v: Value
}

/**
 * Maps q (B, heads, S, D), scaled by D^-1/2, with the keys and values of the same tokens to the attention's
 * output, of q's shape.
 */
export type Attend = (q: Value, own: KeysValues) => Value

/** Keys and values to attend over, with an additive mask that broadcasts to (B, heads, S, length). */
export interface Segment extends KeysValues {
  readonly mask: Value
}

/** Added to the product of a query and a key that it does not see. It is below any product and within f16. */
export const UNSEEN = -6e4

/**
 * Stacks query heads that share a key head along the row axis, so that keys are not repeated: (B, heads, S,
 * D) -> (B, kv, heads / kv * S, D).
 */
function grouped(b: GraphBuilder, { heads, kvHeads, headDim }: ModelConfig, x: Value): Value {
  const [batch, , length] = x.shape
  return ops.reshape(b, x, [batch, kvHeads, product([heads / kvHeads, length]), headDim])
}

/** Returns masked products of queries and keys: q (B, kv, heads / kv * S, D) -> (B, heads, S, length). */
function maskedScores(
  b: GraphBuilder,
  { heads }: ModelConfig,
  q: Value,
  { kT, mask }: Omit<Segment, 'v'>,
): Value {
  const shape = [q.shape[0], heads, mask.shape[2], kT.shape[3]]
  return ops.add(b, ops.reshape(b, ops.matMul(b, q, kT), shape), mask)
}

/** Joins the first `count` of equal blocks. */
export function opening(b: GraphBuilder, blocks: readonly Value[], count: number, axis: number): Value {
  const dim = String(product([count, blocks[0].shape[axis]]))
  return ops.concat(b, blocks.slice(0, count), axis, dim)
}

/**
 * Returns attention among the tokens of each row.
 * @param masks (B, 1, S / n, i S / n) for the blocks i = 1 … n (see `treeMaskGraph`)
 */
export function attendInBlocks(b: GraphBuilder, config: ModelConfig, masks: readonly Value[]): Attend {
  const { heads, kvHeads, headDim } = config
  return (q, { kT, v }) => {
    const [batch, , length] = q.shape
    const short = masks[0].shape[2]
    const cut = (x: Value, axis: number) => ops.splitEqually(b, x, axis, masks.length, short)
    const paste = (parts: readonly Value[], axis: number) => ops.concat(b, parts, axis, String(length))
    const blocks: { q: Value; kT: Value; v: Value; weights: Value; mixed: Value }[] = []
    const forward = (): Value => {
      const [queries, keys, values] = [cut(q, 2), cut(kT, 3), cut(v, 2)]
      masks.forEach((mask, i) => {
        const block = {
          q: grouped(b, config, queries[i]),
          kT: opening(b, keys, i + 1, 3),
          v: opening(b, values, i + 1, 2),
        }
        const softmax = ops.softmax(b, maskedScores(b, config, block.q, { kT: block.kT, mask }))
        const rows = block.q.shape[2]
        const weights = ops.reshape(b, softmax, [batch, kvHeads, rows, block.kT.shape[3]])
        blocks.push({ ...block, weights, mixed: ops.matMul(b, weights, block.v) })
      })
      return paste(
        blocks.map(({ mixed }) => ops.reshape(b, mixed, [batch, heads, short, headDim])),
        2,
      )
    }
    // In a softmax's gradient, sum_j P_ij dP_ij equals dy_i · y_i, so no pass over the pairs is needed (Dao
    // et al., 2022). Keys' and values' gradients are computed transposed, so that only the narrow operand is
    // transposed.
    const backward = (dy: Value): Value[] => {
      const dq: Value[] = []
      const dkT: Value[] = []
      const dvT: Value[] = []
      const gather = (into: Value[], whole: Value, parts: number) => {
        ops.splitEqually(b, whole, 3, parts, short).forEach((piece, j) => {
          into[j] = into[j] ? ops.add(b, into[j], piece) : piece
        })
      }
      cut(dy, 2).forEach((part, i) => {
        const { q: queries, kT: keys, v: values, weights, mixed } = blocks[i]
        const dmixed = grouped(b, config, part)
        const dot = ops.reduceSum(b, ops.mul(b, dmixed, mixed), [-1], true)
        const dweights = ops.matMul(b, dmixed, ops.transposeLast(b, values))
        const dscores = ops.mul(b, weights, ops.sub(b, dweights, dot))
        dq.push(
          ops.reshape(b, ops.matMul(b, dscores, ops.transposeLast(b, keys)), [batch, heads, short, headDim]),
        )
        gather(dkT, ops.matMul(b, ops.transposeLast(b, queries), dscores), i + 1)
        gather(dvT, ops.matMul(b, ops.transposeLast(b, dmixed), weights), i + 1)
      })
      return [paste(dq, 2), paste(dkT, 3), ops.transposeLast(b, paste(dvT, 3))]
    }
    return b.withGradient([q, kT, v], forward, backward)
  }
}

/**
 * Returns attention over segments as if they were joined along the length. `lengths` (segments) i64 is needed
 * for several.
 */
export function attendOver(
  b: GraphBuilder,
  config: ModelConfig,
  segments: (own: KeysValues) => readonly Segment[],
  lengths?: Value,
): Attend {
  const { kvHeads } = config
  return (q, own) => {
    const queries = grouped(b, config, q)
    const [batch, , rows] = queries.shape
    const all = segments(own)
    const scores = all.map((segment) => maskedScores(b, config, queries, segment))
    const sizes = scores.map(({ shape }) => shape[3])
    const weights = lengths
      ? ops.split(b, ops.softmax(b, ops.concat(b, scores, 3)), 3, lengths, sizes)
      : [ops.softmax(b, scores[0])]
    const mixed = all
      .map(({ v }, i) => ops.matMul(b, ops.reshape(b, weights[i], [batch, kvHeads, rows, v.shape[2]]), v))
      .reduce((sum, part) => ops.add(b, sum, part))
    return ops.reshape(b, mixed, q.shape)
  }
}

/**
 * Maximum blocks of queries in a row. A block leaves out the keys after its end, which none of its tokens
 * sees: n blocks compute (n + 1) / 2n of all pairs. On wasm, where pairs cost, four take about 60 % of the
 * time of one. On a GPU the number of calls costs.
 */
export const QUERY_BLOCKS = 4

/** Returns the next length that can be cut into blocks. */
export function wholeBlocks(length: number): number {
  return Math.ceil(length / QUERY_BLOCKS) * QUERY_BLOCKS
}
