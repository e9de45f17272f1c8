/**
 * LoRA as graph nodes. Cuts a layer's flat array into the pairs of its linears, and joins the pairs of
 * linears that read the same vectors.
 */
import type { GraphBuilder, Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import type { Dim } from '../../onnx/shape'
import { LINEAR_GROUPS, type Linear, perLinear } from '../import/config'
import type { PackedTensor } from '../train/lora'

/** Cuts a flat value (P) into its named tensors. */
export function unpack(b: GraphBuilder, flat: Value, tensors: readonly PackedTensor[]): Map<string, Value> {
  return new Map(
    tensors.map(({ name, offset, shape }) => {
      const size = shape.reduce((a, c) => a * c, 1)
      return [name, ops.reshape(b, ops.slice(b, flat, 0, offset, offset + size), shape)]
    }),
  )
}

/** Joins tensors into one flat value (P), the reverse of `unpack`. */
export function pack(b: GraphBuilder, values: readonly Value[]): Value {
  const flat = values.map((value) =>
    ops.reshape(b, value, [value.shape.reduce<number>((a, c) => a * Number(c), 1)]),
  )
  return ops.concat(b, flat, 0)
}

/** A (in, r) and B (r, out) of a linear. */
export interface LoraPair {
  readonly a: Value
  readonly b: Value
}

/** Returns the pairs of every linear from unpacked values. */
export function loraPairs(values: ReadonlyMap<string, Value>): Record<Linear, LoraPair> {
  return perLinear((which) => {
    const a = values.get(`${which}.a`)
    const b = values.get(`${which}.b`)
    if (!a || !b) throw new RangeError(`LoRA of ${which} is not in the layout`)
    return { a, b }
  })
}

/**
 * The LoRA of linears that read the same x, as one pair: x A B holds their outputs side by side; alpha / r is
 * in B.
 */
export interface JoinedLora extends LoraPair {
  readonly linears: readonly Linear[]
  /** Output width of each linear. */
  readonly widths: readonly number[]
}

/**
 * Joins the pairs of each of `LINEAR_GROUPS`: A (in, n r) side by side, B (n r, sum of out) along a diagonal.
 */
export function joinLora(
  b: GraphBuilder,
  pairs: Readonly<Partial<Record<Linear, LoraPair>>>,
  scale: number,
): JoinedLora[] {
  return LINEAR_GROUPS.flatMap((group) => {
    const linears = group.filter((which) => pairs[which])
    const found = linears.flatMap((which) => pairs[which] ?? [])
    if (found.length === 0) return []
    const diagonal = blockDiagonal(
      b,
      found.map((pair) => pair.b),
    )
    return [
      {
        linears,
        widths: found.map((pair) => Number(pair.b.shape[1])),
        a: ops.concat(
          b,
          found.map((pair) => pair.a),
          1,
        ),
        b: ops.scale(b, diagonal, scale),
      },
    ]
  })
}

/** Places matrices along the diagonal of one that is zero elsewhere. */
function blockDiagonal(b: GraphBuilder, blocks: readonly Value[]): Value {
  const zeros = (rows: Dim, columns: Dim, { type }: Value) => {
    const shape = [Number(rows), Number(columns)]
    return ops.cast(b, ops.zerosOfShape(b, b.ints(shape), shape), type)
  }
  const rows = blocks.map((block, i) => {
    const row = blocks.map((other, j) => (i === j ? block : zeros(block.shape[0], other.shape[1], block)))
    return ops.concat(b, row, 1)
  })
  return ops.concat(b, rows, 0)
}
