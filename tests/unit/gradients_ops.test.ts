import * as ort from 'onnxruntime-web/wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { geluTanh } from '../../src/model/graphs/gelu'
import { quantizeBlocks } from '../../src/model/weights/quantize'
import { differentiableOps, gradients } from '../../src/onnx/autodiff'
import { GraphBuilder, type Value } from '../../src/onnx/graph'
import * as ops from '../../src/onnx/ops'
import { encodeModel, tensorOf } from '../../src/onnx/proto'
import type { Shape } from '../../src/onnx/shape'
import { Stream, seedKey } from '../../src/random'
import { differencesOfF32, relativeError } from '../reference/central_differences'
import { randomVector } from '../reference/small_model'

beforeAll(() => {
  ort.env.wasm.numThreads = 1
  ort.env.logLevel = 'error'
})

const SYMBOLS: Readonly<Record<string, number>> = { B: 2, S: 3 }

interface Case {
  readonly name: string
  /** Shapes of the differentiated operands; at run time B is 2 and S is 3. */
  readonly shapes: readonly Shape[]
  /** Values are uniform in this range; default [-1.5, 1.5]. */
  readonly range?: readonly [low: number, high: number]
  readonly forward: (b: GraphBuilder, x: readonly Value[]) => Value
}

function blocks(b: GraphBuilder, out: number, width: number, bits: 4 | 8): ops.BlockOperand {
  const data = randomVector(out * width, new Stream(seedKey(5)))
  const { packed, scales } = quantizeBlocks({ kind: 'f32', out, in: width, data }, bits)
  const count = Math.ceil(width / 32)
  return {
    bits,
    out,
    in: width,
    packed: b.initializer('packed', tensorOf('u8', [out, count, 4 * bits], packed)),
    scales: b.initializer('scales', tensorOf('f32', [out * count], scales)),
  }
}

function angles(b: GraphBuilder, positions: readonly number[], shape: readonly number[]) {
  const values = Array.from({ length: 8 * 2 }, (_, i) => 0.3 * i)
  return {
    positions: b.ints(positions, shape),
    cos: b.floats(values.map(Math.cos), [8, 2]),
    sin: b.floats(values.map(Math.sin), [8, 2]),
  }
}

const POSITIVE = [0.6, 2] as const

const CASES: readonly Case[] = [
  { name: 'Cast', shapes: [[2, 3]], forward: (b, [x]) => ops.cast(b, ops.mul(b, x, x), 'f32') },
  {
    name: 'Add',
    shapes: [
      [2, 3],
      [2, 3],
    ],
    forward: (b, [x, y]) => ops.add(b, x, y),
  },
  { name: 'Add, a row spread', shapes: [['B', 'S', 4], [4]], forward: (b, [x, y]) => ops.add(b, x, y) },
  {
    name: 'Add, both spread',
    shapes: [
      [2, 1, 3],
      [4, 1],
    ],
    forward: (b, [x, y]) => ops.add(b, x, y),
  },
  { name: 'Add, to itself', shapes: [[5]], forward: (b, [x]) => ops.add(b, x, x) },
  { name: 'Add, a scalar', shapes: [[], [3]], forward: (b, [x, y]) => ops.add(b, x, y) },
  {
    name: 'Sub',
    shapes: [
      ['B', 3],
      ['B', 3],
    ],
    forward: (b, [x, y]) => ops.sub(b, x, y),
  },
  { name: 'Sub, both spread', shapes: [[3], [2, 1]], forward: (b, [x, y]) => ops.sub(b, x, y) },
  {
    name: 'Mul',
    shapes: [
      ['B', 3],
      ['B', 3],
    ],
    forward: (b, [x, y]) => ops.mul(b, x, y),
  },
  {
    name: 'Mul, both spread',
    shapes: [
      ['B', 1, 3],
      [4, 1],
    ],
    forward: (b, [x, y]) => ops.mul(b, x, y),
  },
  { name: 'Mul, a square', shapes: [[2, 3]], forward: (b, [x]) => ops.mul(b, x, x) },
  { name: 'Neg', shapes: [[2, 3]], forward: (b, [x]) => ops.neg(b, x) },
  { name: 'Exp', shapes: [['B', 3]], forward: (b, [x]) => ops.exp(b, x) },
  { name: 'Sqrt', shapes: [[2, 3]], range: POSITIVE, forward: (b, [x]) => ops.sqrt(b, x) },
  { name: 'Reciprocal', shapes: [[2, 3]], range: POSITIVE, forward: (b, [x]) => ops.reciprocal(b, x) },
  { name: 'Sigmoid', shapes: [[2, 3]], range: [-4, 4], forward: (b, [x]) => ops.sigmoid(b, x) },
  { name: 'Gelu', shapes: [[2, 3]], range: [-4, 4], forward: (b, [x]) => geluTanh(b, x) },
  {
    name: 'MatMul',
    shapes: [
      [2, 3],
      [3, 4],
    ],
    forward: (b, [x, y]) => ops.matMul(b, x, y),
  },
  {
    name: 'MatMul, one weight',
    shapes: [
      ['B', 'S', 5],
      [5, 2],
    ],
    forward: (b, [x, y]) => ops.matMul(b, x, y),
  },
  {
    name: 'MatMul, batched',
    shapes: [
      ['B', 2, 3, 'S'],
      ['B', 2, 'S', 4],
    ],
    forward: (b, [x, y]) => ops.matMul(b, x, y),
  },
  {
    name: 'MatMul, left spread',
    shapes: [
      [3, 2],
      [4, 2, 5],
    ],
    forward: (b, [x, y]) => ops.matMul(b, x, y),
  },
  {
    name: 'MatMul, both spread',
    shapes: [
      [2, 1, 3, 2],
      [1, 4, 2, 3],
    ],
    forward: (b, [x, y]) => ops.matMul(b, x, y),
  },
  { name: 'MatMul, with itself', shapes: [[3, 3]], forward: (b, [x]) => ops.matMul(b, x, x) },
  {
    name: 'MatMulNBits, 4 bits',
    shapes: [['B', 'S', 32]],
    forward: (b, [x]) => ops.matMulNBits(b, x, blocks(b, 5, 32, 4)),
  },
  {
    name: 'MatMulNBits, 8 bits, padded',
    shapes: [[3, 40]],
    forward: (b, [x]) => ops.matMulNBits(b, x, blocks(b, 7, 40, 8)),
  },
  {
    name: 'MatMulNBits, 4 bits, padded',
    shapes: [[1, 20]],
    forward: (b, [x]) => ops.matMulNBits(b, x, blocks(b, 3, 20, 4)),
  },
  { name: 'Softmax', shapes: [['B', 'S', 4]], forward: (b, [x]) => ops.softmax(b, x) },
  { name: 'LogSoftmax', shapes: [['B', 5]], forward: (b, [x]) => ops.logSoftmax(b, x) },
  { name: 'Reshape', shapes: [['B', 'S', 4]], forward: (b, [x]) => ops.reshape(b, x, ['B', 'S', 2, 2]) },
  {
    name: 'Reshape, a symbol moved',
    shapes: [[4, 'S', 3]],
    forward: (b, [x]) => ops.reshape(b, x, [2, 2, 'S', 3]),
  },
  { name: 'Transpose', shapes: [['B', 'S', 2, 4]], forward: (b, [x]) => ops.transpose(b, x, [2, 0, 3, 1]) },
  {
    name: 'Concat',
    shapes: [
      ['B', 2, 3],
      ['B', 1, 3],
      ['B', 3, 3],
    ],
    forward: (b, x) => ops.concat(b, x, 1),
  },
  {
    name: 'Concat, twice the same',
    shapes: [
      [2, 2],
      [2, 1],
    ],
    forward: (b, [x, y]) => ops.concat(b, [x, y, x], -1),
  },
  {
    name: 'Split, all parts',
    shapes: [['B', 6]],
    forward: (b, [x]) => {
      const [first, second] = ops.split(b, x, 1, b.ints([2, 4]), [2, 4])
      const halves = ops.splitEqually(b, second, -1, 2, 2)
      return ops.concat(b, [ops.mul(b, halves[1], first), ops.exp(b, halves[0])], 1)
    },
  },
  {
    name: 'Split, a part that is not the first beside the whole',
    shapes: [[2, 3]],
    // y = split(x)[1]^2 + sum(x)
    forward: (b, [x]) => {
      const [, second] = ops.split(b, x, 1, b.ints([2, 1]), [2, 1])
      return ops.add(b, ops.mul(b, second, second), ops.reduceSum(b, x, [1], true))
    },
  },
  {
    name: 'Split, the middle of parts that have a symbol',
    shapes: [['S', 3, 2]],
    forward: (b, [x]) => ops.exp(b, ops.splitEqually(b, x, 1, 3, 1)[1]),
  },
  { name: 'ReduceSum', shapes: [['B', 3, 4]], forward: (b, [x]) => ops.reduceSum(b, x, [1, -1], true) },
  { name: 'ReduceMean', shapes: [['B', 'S', 4]], forward: (b, [x]) => ops.reduceMean(b, x, [-1], true) },
  {
    name: 'ReduceMean, two axes',
    shapes: [[3, 'B', 2]],
    forward: (b, [x]) => ops.reduceMean(b, x, [0, 2], true),
  },
  {
    name: 'GatherElements',
    shapes: [[4, 3]],
    forward: (b, [x]) => ops.gatherElements(b, x, b.ints([2, 0, 0, 1], [4, 1])),
  },
  {
    name: 'RotaryEmbedding, one position',
    shapes: [['B', 2, 'S', 4]],
    forward: (b, [x]) => {
      const { positions, cos, sin } = angles(b, [4], [1])
      return ops.rotary(b, x, positions, cos, sin)
    },
  },
  {
    name: 'RotaryEmbedding, one per token',
    shapes: [[2, 1, 3, 4]],
    forward: (b, [x]) => {
      const { positions, cos, sin } = angles(b, [0, 1, 2, 5, 7, 6], [2, 3])
      return ops.rotary(b, x, positions, cos, sin)
    },
  },
]

function concrete(shape: Shape): number[] {
  return shape.map((dim) => (typeof dim === 'number' ? dim : SYMBOLS[dim]))
}

function forwardGraph({ shapes, forward }: Case) {
  const b = new GraphBuilder('case')
  const x = shapes.map((shape, i) => b.input(`x${i}`, 'f32', shape))
  return { b, x, y: forward(b, x) }
}

test.each(CASES)('$name', async (it) => {
  const { b, x, y } = forwardGraph(it)
  const before = new GraphBuilder('forward')
  before.output(
    'y',
    it.forward(
      before,
      it.shapes.map((shape, i) => before.input(`x${i}`, 'f32', shape)),
    ),
  )
  gradients(b, y, b.input('dy', 'f32', y.shape), x).forEach((gradient, i) => {
    expect(gradient.shape).toEqual(x[i].shape)
    b.output(`dx${i}`, gradient)
  })
  const forward = await ort.InferenceSession.create(encodeModel(before.build()))
  const backward = await ort.InferenceSession.create(encodeModel(b.build()))

  const stream = new Stream(seedKey(17))
  const [low, high] = it.range ?? [-1.5, 1.5]
  const values = it.shapes.map((shape) => {
    const size = concrete(shape).reduce((all, dim) => all * dim, 1)
    return randomVector(size, stream, (high - low) / 2, (high + low) / 2)
  })
  const feeds = () =>
    Object.fromEntries(
      values.map((data, i) => [`x${i}`, new ort.Tensor('float32', data, concrete(it.shapes[i]))]),
    )
  const first = (await forward.run(feeds())).y
  const dy = randomVector(first.size, stream)
  const found = await backward.run({ ...feeds(), dy: new ort.Tensor('float32', dy, first.dims) })
  for (const [i, value] of values.entries()) {
    const wanted = await differencesOfF32(value, async () => {
      const { data } = (await forward.run(feeds())).y
      return (data as Float32Array).reduce((sum, element, at) => sum + element * dy[at], 0)
    })
    expect(relativeError(found[`dx${i}`].data as Float32Array, wanted)).toBeLessThan(1e-3)
  }
  await forward.release()
  await backward.release()
})

test('every rule has a case', () => {
  const tried = new Set(CASES.flatMap((it) => forwardGraph(it).b.nodes.map(({ op }) => op)))
  expect(differentiableOps.filter((op) => !tried.has(op))).toEqual([])
})

describe('an operation without a gradient is an error, not a zero', () => {
  const graph = () => {
    const b = new GraphBuilder('g')
    return { b, x: b.input('x', 'f32', [3, 3]), other: b.input('other', 'f32', [3, 3]) }
  }

  test('an op without a rule', () => {
    const { b, x } = graph()
    const y = ops.reduceMax(b, x, [1], true)
    expect(() => gradients(b, y, y, [x])).toThrow(/op ReduceMax, wanted an op with a gradient rule/)
  })

  test('a value that the output does not depend on', () => {
    const { b, x, other } = graph()
    const y = ops.exp(b, x)
    expect(() => gradients(b, y, y, [x, other])).toThrow(/no path to other/)
  })

  test('frozen weights, rotary tables and indices', () => {
    const { b, x } = graph()
    const wide = b.input('wide', 'f32', [2, 32])
    const w = blocks(b, 3, 32, 4)
    const product = ops.matMulNBits(b, wide, w)
    expect(() => gradients(b, product, product, [w.scales])).toThrow(/gradient of its weights/)
    const head = b.input('head', 'f32', [1, 1, 1, 4])
    const { positions, sin } = angles(b, [0], [1])
    const cos = b.input('cos', 'f32', [8, 2])
    const turned = ops.rotary(b, head, positions, cos, sin)
    expect(() => gradients(b, turned, turned, [head, cos])).toThrow(/RotaryEmbedding.*a gradient of cos/)
    const many = ops.gatherElements(b, x, b.ints([0, 1, 2, 0, 1, 2, 0, 1, 2], [3, 3]))
    expect(() => gradients(b, many, many, [x])).toThrow(/GatherElements.*3 elements of a row/)
  })

  test('any output of an op with several, beside a path with rules', () => {
    const { b, x } = graph()
    const state = b.input('state', 'f32', [3])
    const [total, last] = ops.scan(b, [state, state], [x], (inner, [sum], [row]) => [
      ops.add(inner, sum, row),
      ops.exp(inner, row),
    ])
    for (const part of [total, last]) {
      const y = ops.add(b, part, ops.mul(b, x, x))
      expect(() => gradients(b, y, y, [x])).toThrow(/node Scan: .*op Scan, wanted an op with a gradient rule/)
    }
    expect(gradients(b, total, total, [total])).toEqual([total])
  })

  test('a value that the body of a loop reads by name', () => {
    const { b, x, other } = graph()
    const [looped] = ops.loop(b, b.ints([2], []), [other], 'n', (inner, _, [carried]) => ({
      goOn: inner.initializer('on', tensorOf('bool', [], [1])),
      carried: [ops.mul(inner, carried, x)],
      scanned: [],
    }))
    const y = ops.add(b, looped, x)
    expect(() => gradients(b, y, y, [x])).toThrow(/node loop.*op Loop, wanted an op with a gradient rule/i)
  })

  test('a value inside a region that is used outside, or that the region does not name', () => {
    const { b, x, other } = graph()
    let inside = x
    const region = b.withGradient(
      [x],
      () => {
        inside = ops.exp(b, x)
        return ops.mul(b, inside, other)
      },
      (dy) => [ops.mul(b, dy, other)],
    )
    const leaked = ops.add(b, region, inside)
    expect(() => gradients(b, leaked, leaked, [x])).toThrow(`a gradient at its output ${inside.name}`)
    const y = ops.add(b, region, other)
    expect(() => gradients(b, y, y, [x, other])).toThrow(/a gradient of other/)
  })

  test('reduced axes that are dropped', () => {
    const { b, x } = graph()
    const y = ops.reduceSum(b, x, [1], false)
    expect(() => gradients(b, y, y, [x])).toThrow(/dropped axes/)
  })
})

test('gradients at one value add up, and unused branches cost nothing', async () => {
  const b = new GraphBuilder('g')
  const x = b.input('x', 'f32', [2])
  const squared = ops.mul(b, x, x)
  ops.exp(b, squared)
  const y = ops.add(b, ops.mul(b, squared, x), ops.neg(b, x)) // x^3 - x
  const nodes = b.nodes.length
  const [dx] = gradients(b, y, b.floats([1, 10]), [x])
  expect(b.nodes.slice(nodes).some(({ op }) => op === 'Exp')).toBe(false)
  b.output('dx', dx)
  const session = await ort.InferenceSession.create(encodeModel(b.build()))
  const out = await session.run({ x: new ort.Tensor('float32', [2, -3], [2]) })
  expect([...(out.dx.data as Float32Array)]).toEqual([11, 260])
})

test('a region is differentiated by its own rule, as one step among the others', async () => {
  const b = new GraphBuilder('g')
  const x = b.input('x', 'f32', [2])
  const tripled = ops.scale(b, x, 3)
  // The rule is deliberately not the true gradient, so that its use shows.
  const region = b.withGradient(
    [tripled],
    () => ops.reduceMax(b, ops.exp(b, tripled), [], true),
    (dy) => [ops.scale(b, dy, 5)],
  )
  const y = ops.add(b, ops.scale(b, region, 2), x)
  const [dx] = gradients(b, y, b.floats([1, 10]), [x])
  b.output('dx', dx)
  const session = await ort.InferenceSession.create(encodeModel(b.build()))
  const out = await session.run({ x: new ort.Tensor('float32', [0.2, -0.3], [2]) })
  expect([...(out.dx.data as Float32Array)]).toEqual([31, 310])
})
