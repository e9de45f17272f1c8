/**
 * LoRA (Hu et al., 2021) on all seven linears of a layer: y = x W^T + (alpha / r) (x A) B with A (in, r)
 * and B (r, out). All of a layer's A and B lie in one flat f32 array, so that a graph takes one input,
 * gives one gradient, and the optimizer sees one array per layer.
 */
import type { GraphBuilder, Value } from '../onnx/graph'
import * as ops from '../onnx/ops'
import type { Dim } from '../onnx/shape'
import { deriveKey, type Key, Stream } from '../random'
import { LINEAR_GROUPS, LINEARS, type Linear, linearShape, type ModelConfig, perLinear } from './config'

export interface LoraOptions {
  readonly rank: number
  readonly alpha: number
}

/** Where one named tensor lies within a flat array. */
export interface PackedTensor {
  readonly name: string
  readonly offset: number
  readonly shape: readonly number[]
}

export function packTensors(tensors: readonly { name: string; shape: readonly number[] }[]): {
  tensors: readonly PackedTensor[]
  size: number
} {
  let size = 0
  const packed = tensors.map(({ name, shape }) => {
    const offset = size
    size += shape.reduce((a, b) => a * b, 1)
    return { name, offset, shape }
  })
  return { tensors: packed, size }
}

/** The layout of a layer's LoRA: `q.a`, `q.b`, `k.a` … in the order of LINEARS. */
export function loraLayout(config: ModelConfig, rank: number) {
  return packTensors(
    LINEARS.flatMap((which) => {
      const { in: width, out } = linearShape(config, which)
      return [
        { name: `${which}.a`, shape: [width, rank] },
        { name: `${which}.b`, shape: [rank, out] },
      ]
    }),
  )
}

/** Values of a layer's LoRA where linears that read the same vectors have theirs in one pair (`joinLora`). */
export function joinedSize(config: ModelConfig, rank: number): number {
  return LINEAR_GROUPS.reduce((sum, group) => {
    const outs = group.reduce((width, which) => width + linearShape(config, which).out, 0)
    return sum + group.length * rank * (linearShape(config, group[0]).in + outs)
  }, 0)
}

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

/** The pairs of every linear from unpacked values. */
export function loraPairs(values: ReadonlyMap<string, Value>): Record<Linear, LoraPair> {
  return perLinear((which) => {
    const a = values.get(`${which}.a`)
    const b = values.get(`${which}.b`)
    if (!a || !b) throw new RangeError(`LoRA of ${which} is not in the layout`)
    return { a, b }
  })
}

/** The LoRA of linears that read the same x, as one pair: x A B is what they add, side by side; alpha / r is in B. */
export interface JoinedLora extends LoraPair {
  readonly linears: readonly Linear[]
  /** Of what each of them makes. */
  readonly widths: readonly number[]
}

/** Joins the pairs of each of `LINEAR_GROUPS`: A (in, n r) side by side, B (n r, sum of out) along a diagonal. */
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

/** Matrices along the diagonal of one that is zero elsewhere. */
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

/** A starting adapter: A uniform in ±1/sqrt(in) (Kaiming with a = sqrt 5, as PEFT does), B zero. */
export function initialLora(config: ModelConfig, rank: number, key: Key): Float32Array[] {
  const { tensors, size } = loraLayout(config, rank)
  return Array.from({ length: config.layers }, (_, layer) => {
    const stream = new Stream(deriveKey(key, layer))
    const flat = new Float32Array(size)
    for (const { name, offset, shape } of tensors) {
      if (!name.endsWith('.a')) continue
      const bound = 1 / Math.sqrt(shape[0])
      for (let i = 0; i < shape[0] * shape[1]; i++) flat[offset + i] = (2 * stream.uniform() - 1) * bound
    }
    return flat
  })
}
