/**
 * The operators we emit, each with its shape inference. One function per ONNX op, with ONNX's name. Each
 * throws ColloquyError `graph` where operands do not fit.
 */
import { type GraphBuilder, graphError, showOperands, type Value } from './graph'
import type { Attribute, ElementType, FloatType } from './proto'
import { ELEMENT_CODES } from './proto_tensor'
import { axisOf, broadcast, type Dim, product, type Shape, sameShape, showShape } from './shape'

function one(
  b: GraphBuilder,
  op: string,
  inputs: readonly (Value | null)[],
  type: ElementType,
  shape: Shape,
  attributes: Readonly<Record<string, Attribute>> = {},
  options: { domain?: string; name?: string } = {},
): Value {
  return b.add(op, inputs, [{ type, shape }], attributes, options)[0]
}

function elementwise(op: string, resultType?: ElementType) {
  return (b: GraphBuilder, x: Value, y: Value): Value => {
    const shape = broadcast(x.shape, y.shape)
    if (!shape || x.type !== y.type)
      throw graphError(`${op} node`, showOperands([x, y]), 'broadcastable operands of one type')
    return one(b, op, [x, y], resultType ?? x.type, shape)
  }
}

function pointwise(op: string) {
  return (b: GraphBuilder, x: Value): Value => one(b, op, [x], x.type, x.shape)
}

export const add = elementwise('Add')
export const sub = elementwise('Sub')
export const mul = elementwise('Mul')
export const div = elementwise('Div')
export const max = elementwise('Max')
export const equal = elementwise('Equal', 'bool')
export const lessOrEqual = elementwise('LessOrEqual', 'bool')

export const abs = pointwise('Abs')
export const neg = pointwise('Neg')
export const exp = pointwise('Exp')
export const log = pointwise('Log')
export const sqrt = pointwise('Sqrt')
export const reciprocal = pointwise('Reciprocal')
export const sigmoid = pointwise('Sigmoid')

/** Computes GELU by its approximation with tanh. */
export function geluTanh(b: GraphBuilder, x: Value): Value {
  return one(b, 'Gelu', [x], x.type, x.shape, { approximate: { string: 'tanh' } })
}

/** Returns the type that a value computes with. @throws ColloquyError `graph` where it is no float */
export function floatType({ name, type }: Value): FloatType {
  if (type !== 'f32' && type !== 'f16') throw graphError(name, type, 'f32 or f16')
  return type
}

/** Multiplies by a constant. */
export function scale(b: GraphBuilder, x: Value, factor: number): Value {
  return mul(b, x, b.floats([factor], [], floatType(x)))
}

export function cast(b: GraphBuilder, x: Value, type: ElementType): Value {
  return one(b, 'Cast', [x], type, x.shape, { to: { int: ELEMENT_CODES[type] } })
}

/** Casts a float to that type, or returns it where it already has it. */
export function castTo(b: GraphBuilder, x: Value, type: FloatType): Value {
  return x.type === type ? x : cast(b, x, type)
}

/** Multiplies x (.., M, K) by y (.., K, N); leading dimensions are broadcast. */
export function matMul(b: GraphBuilder, x: Value, y: Value, name?: string): Value {
  const batch = broadcast(x.shape.slice(0, -2), y.shape.slice(0, -2))
  const fits = x.shape.length > 1 && y.shape.length > 1 && x.shape.at(-1) === y.shape.at(-2)
  if (!batch || !fits || x.type !== y.type)
    throw graphError(`MatMul node ${name ?? ''}`, showOperands([x, y]), '(.., M, K) x (.., K, N)')
  const shape = [...batch, x.shape[x.shape.length - 2], y.shape[y.shape.length - 1]]
  return one(b, 'MatMul', [x, y], x.type, shape, {}, { name })
}

/** Multiplies x (M, K) by y^T, y (N, K). */
export function matMulTransposed(b: GraphBuilder, x: Value, y: Value): Value {
  if (x.shape.length !== 2 || y.shape.length !== 2 || x.shape[1] !== y.shape[1] || x.type !== y.type)
    throw graphError('Gemm node', showOperands([x, y]), '(M, K) x (N, K)')
  return one(b, 'Gemm', [x, y], x.type, [x.shape[0], y.shape[0]], { transB: { int: 1 } })
}

/** The block-quantized matrix of a MatMulNBits; see `BlockMatrix` in src/matrix/matrix.ts. */
export interface BlockOperand {
  readonly packed: Value
  readonly scales: Value
  readonly bits: 4 | 8
  readonly out: number
  readonly in: number
}

/**
 * Multiplies x (.., in) by W^T, W (out, in) in blocks of 32. accuracy_level 0 leaves activations unquantized.
 */
export function matMulNBits(b: GraphBuilder, x: Value, w: BlockOperand, name?: string): Value {
  const blocks = Math.ceil(w.in / 32)
  const wanted = [w.out, blocks, (32 * w.bits) / 8]
  const fits = x.shape.at(-1) === w.in && sameShape(w.packed.shape, wanted) && w.packed.type === 'u8'
  if (!fits || w.scales.type !== x.type)
    throw graphError(
      `MatMulNBits node ${name ?? ''}`,
      showOperands([x, w.packed, w.scales]),
      `(.., ${w.in}) x u8 ${showShape(wanted)} x scales of the first's type`,
    )
  return one(
    b,
    'MatMulNBits',
    [x, w.packed, w.scales],
    x.type,
    [...x.shape.slice(0, -1), w.out],
    {
      K: { int: w.in },
      N: { int: w.out },
      bits: { int: w.bits },
      block_size: { int: 32 },
      accuracy_level: { int: 0 },
    },
    { domain: 'com.microsoft', name },
  )
}

/** Returns rows `ids` of a block-quantized matrix, in its scales' type: ids (..) -> (.., in). */
export function gatherBlocks(b: GraphBuilder, w: BlockOperand, ids: Value): Value {
  // The op takes data (rows, packed columns) and scales (rows, blocks).
  const blocks = Math.ceil(w.in / 32)
  const flat = reshape(b, w.packed, [w.out, (blocks * 32 * w.bits) / 8])
  const scales = reshape(b, w.scales, [w.out, blocks])
  const rows = one(
    b,
    'GatherBlockQuantized',
    [flat, ids, scales],
    scales.type,
    [...ids.shape, blocks * 32],
    {
      bits: { int: w.bits },
      block_size: { int: 32 },
      gather_axis: { int: 0 },
      quantize_axis: { int: 1 },
    },
    { domain: 'com.microsoft' },
  )
  return blocks * 32 === w.in ? rows : slice(b, rows, -1, 0, w.in)
}

/** Returns the whole block-quantized matrix in its scales' type: (out, in). */
export function dequantizeBlocks(b: GraphBuilder, w: BlockOperand): Value {
  return gatherBlocks(b, w, b.ints(Array.from({ length: w.out }, (_, i) => i)))
}

/** Changes the shape. A symbolic dimension keeps its place (ONNX's 0), or ONNX infers it (-1). */
export function reshape(b: GraphBuilder, x: Value, shape: Shape): Value {
  const spec = shape.map((dim, i) => (typeof dim === 'number' ? dim : x.shape[i] === dim ? 0 : -1))
  if (product(x.shape) !== product(shape) || spec.filter((dim) => dim === -1).length > 1)
    throw graphError(
      'Reshape node',
      showOperands([x]),
      `the elements of ${showShape(shape)}, one symbol moved`,
    )
  return one(b, 'Reshape', [x, b.ints(spec)], x.type, shape)
}

/**
 * Permutes dimensions. Where only axes of size 1 move, as in decoding, it emits a Reshape, which copies
 * nothing.
 */
export function transpose(b: GraphBuilder, x: Value, permutation: readonly number[]): Value {
  if (permutation.length !== x.shape.length)
    throw graphError('Transpose node', showOperands([x]), `rank ${permutation.length}`)
  const shape = permutation.map((axis) => x.shape[axis])
  const wide = permutation.filter((axis) => x.shape[axis] !== 1)
  if (wide.every((axis, i) => i === 0 || wide[i - 1] < axis)) return reshape(b, x, shape)
  return one(b, 'Transpose', [x], x.type, shape, { perm: { ints: permutation } })
}

/** Swaps the last two dimensions. */
export function transposeLast(b: GraphBuilder, x: Value): Value {
  const axes = x.shape.map((_, i) => i)
  const last = axes.length - 1
  axes[last] = last - 1
  axes[last - 1] = last
  return transpose(b, x, axes)
}

/** Joins along an axis. `dim` names a symbolic sum of sizes, by default their names joined with +. */
export function concat(b: GraphBuilder, parts: readonly Value[], axis: number, dim?: string): Value {
  if (parts.length === 1) return parts[0]
  const at = axisOf(axis, parts[0].shape.length)
  const fits = parts.every(
    (part) =>
      part.type === parts[0].type &&
      part.shape.length === parts[0].shape.length &&
      part.shape.every((dim, i) => i === at || dim === parts[0].shape[i]),
  )
  if (!fits) throw graphError('Concat node', showOperands(parts), `equal shapes apart from axis ${at}`)
  const sizes = parts.map((part) => part.shape[at])
  const total: Dim = sizes.every((size) => typeof size === 'number')
    ? sizes.reduce<number>((sum, size) => sum + Number(size), 0)
    : (dim ?? sizes.join('+'))
  const shape = parts[0].shape.map((dim, i) => (i === at ? total : dim))
  return one(b, 'Concat', parts, parts[0].type, shape, { axis: { int: at } })
}

/**
 * Splits along one axis, the reverse of `concat`. `lengths` (parts) i64 holds the sizes, `dims` their names.
 */
export function split(
  b: GraphBuilder,
  x: Value,
  axis: number,
  lengths: Value,
  dims: readonly Dim[],
): readonly Value[] {
  const at = axisOf(axis, x.shape.length)
  if (lengths.type !== 'i64' || !sameShape(lengths.shape, [dims.length]))
    throw graphError('Split node', showOperands([x, lengths]), `i64 lengths (${dims.length})`)
  const outputs = dims.map((dim) => ({
    type: x.type,
    shape: x.shape.map((old, i) => (i === at ? dim : old)),
  }))
  return b.add('Split', [x, lengths], outputs, { axis: { int: at } })
}

/** Splits into equal parts along an axis whose size must be a multiple of `count` when the graph runs. */
export function splitEqually(b: GraphBuilder, x: Value, axis: number, count: number, dim: Dim): Value[] {
  if (count === 1) return [x]
  const at = axisOf(axis, x.shape.length)
  const shape = x.shape.map((old, i) => (i === at ? dim : old))
  const outputs = Array.from({ length: count }, () => ({ type: x.type, shape }))
  return b.add('Split', [x], outputs, { axis: { int: at }, num_outputs: { int: count } })
}

/** Takes elements [start, end) along one axis of fixed size. */
export function slice(b: GraphBuilder, x: Value, axis: number, start: number, end: number): Value {
  const at = axisOf(axis, x.shape.length)
  const size = x.shape[at]
  if (typeof size !== 'number' || start < 0 || end > size || start >= end)
    throw graphError('Slice node', showOperands([x]), `a fixed size of at least ${end} on axis ${at}`)
  const shape = x.shape.map((dim, i) => (i === at ? end - start : dim))
  return one(b, 'Slice', [x, b.ints([start]), b.ints([end]), b.ints([at])], x.type, shape)
}

/**
 * Takes elements [start, end) along one axis, where start, end (1) i64 are known only when the graph runs. An
 * end past the last element is cut to it.
 */
export function sliceBetween(
  b: GraphBuilder,
  x: Value,
  axis: number,
  start: Value,
  end: Value,
  dim: string,
): Value {
  const at = axisOf(axis, x.shape.length)
  const shape = x.shape.map((old, i) => (i === at ? dim : old))
  return one(b, 'Slice', [x, start, end, b.ints([at])], x.type, shape)
}

function reduction(op: 'ReduceSum' | 'ReduceMean' | 'ReduceMin' | 'ReduceMax') {
  return (b: GraphBuilder, x: Value, axes: readonly number[], keep: boolean): Value => {
    const at = axes.map((axis) => axisOf(axis, x.shape.length))
    const shape = x.shape.flatMap((dim, i) => (at.includes(i) ? (keep ? [1] : []) : [dim]))
    return one(b, op, [x, b.ints(at)], x.type, shape, { keepdims: { int: keep ? 1 : 0 } })
  }
}
export const reduceSum = reduction('ReduceSum')
export const reduceMean = reduction('ReduceMean')
export const reduceMin = reduction('ReduceMin')
export const reduceMax = reduction('ReduceMax')

/** Computes x / sqrt(mean(x^2) + epsilon) * weight over the last axis: weight (its size). */
export function rmsNorm(b: GraphBuilder, x: Value, weight: Value, epsilon: number): Value {
  if (weight.type !== x.type || !sameShape(weight.shape, x.shape.slice(-1)))
    throw graphError('SimplifiedLayerNormalization node', showOperands([x, weight]), '(.., N) x (N)')
  const attributes = { axis: { int: -1 }, epsilon: { float: epsilon }, stash_type: { int: 1 } }
  return one(b, 'SimplifiedLayerNormalization', [x, weight], x.type, x.shape, attributes)
}

/** Softmax over the last axis. */
export function softmax(b: GraphBuilder, x: Value): Value {
  return one(b, 'Softmax', [x], x.type, x.shape, { axis: { int: -1 } })
}

/** Log-softmax over the last axis. */
export function logSoftmax(b: GraphBuilder, x: Value): Value {
  return one(b, 'LogSoftmax', [x], x.type, x.shape, { axis: { int: -1 } })
}

/** Takes slices of x along axis 0: x (N, ..), ids (I..) -> (I.., ..). */
export function gather(b: GraphBuilder, x: Value, ids: Value): Value {
  if (ids.type !== 'i64' && ids.type !== 'i32')
    throw graphError('Gather node', showOperands([x, ids]), 'integer indices')
  return one(b, 'Gather', [x, ids], x.type, [...ids.shape, ...x.shape.slice(1)], { axis: { int: 0 } })
}

/** Takes x (A, B, ..), places (T, 2) -> (T, ..): the slices at two indices each. */
export function gatherPairs(b: GraphBuilder, x: Value, places: Value): Value {
  if (x.shape.length < 2 || places.shape.length !== 2 || places.shape[1] !== 2 || places.type !== 'i64')
    throw graphError('GatherND node', showOperands([x, places]), '(A, B, ..) x (T, 2) i64')
  return one(b, 'GatherND', [x, places], x.type, [places.shape[0], ...x.shape.slice(2)])
}

/** Takes one element of each row: x (T, V), ids (T, 1) -> (T, 1). */
export function gatherElements(b: GraphBuilder, x: Value, ids: Value): Value {
  if (x.shape.length !== 2 || ids.shape.length !== 2 || ids.shape[0] !== x.shape[0])
    throw graphError('GatherElements node', showOperands([x, ids]), '(T, V) x (T, K)')
  return one(b, 'GatherElements', [x, ids], x.type, ids.shape, { axis: { int: 1 } })
}

export function where(b: GraphBuilder, condition: Value, x: Value, y: Value): Value {
  const values = broadcast(x.shape, y.shape)
  const shape = values && broadcast(condition.shape, values)
  if (!shape || condition.type !== 'bool' || x.type !== y.type)
    throw graphError('Where node', showOperands([condition, x, y]), 'bool x broadcastable values of one type')
  return one(b, 'Where', [condition, x, y], x.type, shape)
}

/** Returns the position of the largest element of the last axis, the lowest on ties, and drops the axis. */
export function argMax(b: GraphBuilder, x: Value): Value {
  return one(b, 'ArgMax', [x], 'i64', x.shape.slice(0, -1), {
    axis: { int: -1 },
    keepdims: { int: 0 },
    select_last_index: { int: 0 },
  })
}

/** Makes zeros of a shape known only when the graph runs: sizes (rank) i64. */
export function zerosOfShape(b: GraphBuilder, sizes: Value, shape: Shape): Value {
  return one(b, 'ConstantOfShape', [sizes], 'f32', shape)
}

/** Makes zeros of x's shape and type. */
export function zerosLike(b: GraphBuilder, x: Value): Value {
  const sizes = one(b, 'Shape', [x], 'i64', [x.shape.length])
  return castTo(b, zerosOfShape(b, sizes, x.shape), floatType(x))
}

/**
 * Applies rotary position embedding, half-split convention (com.microsoft.RotaryEmbedding). x (B, heads, S,
 * D), positions (1) = the first position, or (B, S); cos, sin (P, D/2).
 */
export function rotary(b: GraphBuilder, x: Value, positions: Value, cos: Value, sin: Value): Value {
  const half = cos.shape[1]
  if (x.shape.length !== 4 || x.shape[3] !== Number(half) * 2 || positions.type !== 'i64')
    throw graphError('RotaryEmbedding node', showOperands([x, positions, cos]), '(B, h, S, D), i64, (P, D/2)')
  return one(
    b,
    'RotaryEmbedding',
    [x, positions, cos, sin],
    x.type,
    x.shape,
    { interleaved: { int: 0 } },
    {
      domain: 'com.microsoft',
    },
  )
}

/**
 * Runs `body` up to `trips` times while its condition holds.
 * Returns the last carried values, then the scanned ones stacked along a new first axis named `scanDim`.
 */
export function loop(
  b: GraphBuilder,
  trips: Value,
  carried: readonly Value[],
  scanDim: Dim,
  body: (
    inner: GraphBuilder,
    iteration: Value,
    carried: readonly Value[],
  ) => { goOn: Value; carried: readonly Value[]; scanned: readonly Value[] },
): Value[] {
  const name = b.freeName('loop')
  const inner = b.body(`${b.name} ${name}`)
  const iteration = inner.input(`${name}/iteration`, 'i64', [])
  inner.input(`${name}/condition_in`, 'bool', [])
  const state = carried.map((value, i) => inner.input(`${name}/carried_${i}`, value.type, value.shape))
  const result = body(inner, iteration, state)
  result.carried.forEach((value, i) => {
    if (!sameShape(value.shape, carried[i].shape) || value.type !== carried[i].type)
      throw graphError(`Loop carried value ${i}`, showOperands([value]), showOperands([carried[i]]))
  })
  inner.output(`${name}/condition_out`, result.goOn)
  result.carried.forEach((value, i) => {
    inner.output(`${name}/carried_out_${i}`, value)
  })
  result.scanned.forEach((value, i) => {
    inner.output(`${name}/scanned_${i}`, value)
  })
  const outputs = [
    ...carried.map(({ type, shape }) => ({ type, shape })),
    ...result.scanned.map(({ type, shape }) => ({ type, shape: [scanDim, ...shape] })),
  ]
  return b.add('Loop', [trips, null, ...carried], outputs, { body: { graph: inner.describe() } })
}

/**
 * Folds over the first axis of `sequences`, which all have one length. `body` gets the carried values and one
 * item of each sequence. The op does not copy items, as a slice in a loop would. Returns the last carried
 * values.
 */
export function scan(
  b: GraphBuilder,
  carried: readonly Value[],
  sequences: readonly Value[],
  body: (inner: GraphBuilder, carried: readonly Value[], items: readonly Value[]) => readonly Value[],
): Value[] {
  const name = b.freeName('scan')
  const inner = b.body(`${b.name} ${name}`)
  const state = carried.map((value, i) => inner.input(`${name}/carried_${i}`, value.type, value.shape))
  const items = sequences.map((value, i) =>
    inner.input(`${name}/item_${i}`, value.type, value.shape.slice(1)),
  )
  body(inner, state, items).forEach((value, i) => {
    if (!sameShape(value.shape, carried[i].shape) || value.type !== carried[i].type)
      throw graphError(`Scan carried value ${i}`, showOperands([value]), showOperands([carried[i]]))
    inner.output(`${name}/carried_out_${i}`, value)
  })
  const outputs = carried.map(({ type, shape }) => ({ type, shape }))
  const attributes = { body: { graph: inner.describe() }, num_scan_inputs: { int: sequences.length } }
  return b.add('Scan', [...carried, ...sequences], outputs, attributes)
}

/** Computes the running sum along an axis. */
export function cumulativeSum(b: GraphBuilder, x: Value, axis: number): Value {
  return one(b, 'CumSum', [x, b.ints([axis], [])], x.type, x.shape)
}

/** Inserts axes of size 1 at these positions of the result. */
export function unsqueeze(b: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const shape: Dim[] = [...x.shape]
  for (const axis of [...axes].sort((a, c) => a - c)) shape.splice(axis, 0, 1)
  return one(b, 'Unsqueeze', [x, b.ints(axes)], x.type, shape)
}
