import * as ort from 'onnxruntime-web/wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { decodeModel, encodeModel, floatsOf, type ModelDescription, tensorOf } from '../../src/onnx/proto'

beforeAll(() => {
  ort.env.wasm.numThreads = 1
})

/** y = x · W + b, where W and b are initializers; and an If that doubles y where `twice`. */
const MODEL: ModelDescription = {
  irVersion: 10,
  producer: 'colloquy',
  opsets: { '': 21, 'com.microsoft': 1 },
  metadata: { licence: 'Apache-2.0', größe: '3 × 2' },
  graph: {
    name: 'affine',
    inputs: [
      { name: 'x', type: 'f32', shape: ['rows', 3] },
      { name: 'twice', type: 'bool', shape: [] },
    ],
    outputs: [
      { name: 'y', type: 'f32', shape: ['rows', 2] },
      { name: 'z', type: 'f32', shape: ['rows', 2] },
    ],
    initializers: new Map([
      ['W', tensorOf('f32', [3, 2], [1, 2, 3, 4, 5, 6.5])],
      ['b', tensorOf('f32', [2], [0.25, -1])],
      ['unused', tensorOf('i64', [3], [-1, 2 ** 40, -(2 ** 40)])],
    ]),
    nodes: [
      { op: 'MatMul', domain: '', name: '/mul', inputs: ['x', 'W'], outputs: ['xW'], attributes: {} },
      { op: 'Add', domain: '', name: '/add', inputs: ['xW', 'b'], outputs: ['y'], attributes: {} },
      {
        op: 'If',
        domain: '',
        name: '/if',
        inputs: ['twice'],
        outputs: ['z'],
        attributes: {
          then_branch: { graph: branch('double', { op: 'Add', inputs: ['y', 'y'] }) },
          else_branch: { graph: branch('same', { op: 'Identity', inputs: ['y'] }) },
        },
      },
    ],
  },
}

/** Nests graphs in attributes of nodes to this depth. */
function nested(depth: number): ModelDescription['graph'] {
  const inner = branch('inner', { op: 'If', inputs: [] })
  if (depth === 0) return inner
  const nodes = [{ ...inner.nodes[0], attributes: { then_branch: { graph: nested(depth - 1) } } }]
  return { ...inner, nodes }
}

function branch(name: string, node: { op: string; inputs: string[] }): ModelDescription['graph'] {
  return {
    name,
    inputs: [],
    outputs: [{ name: `${name}_out`, type: 'f32', shape: ['rows', 2] }],
    initializers: new Map(),
    nodes: [{ ...node, domain: '', name, outputs: [`${name}_out`], attributes: {} }],
  }
}

/** A model with one node that has every kind of attribute. */
const ATTRIBUTES: ModelDescription = {
  ...MODEL,
  graph: {
    ...MODEL.graph,
    nodes: [
      {
        op: 'Everything',
        domain: 'test.domain',
        name: 'n',
        inputs: ['x', '', 'W'],
        outputs: ['y'],
        attributes: {
          int: { int: -3 },
          end: { int: 2 ** 63 },
          ints: { ints: [0, 1, -1, 127, 128, 2 ** 32, -(2 ** 33)] },
          noInts: { ints: [] },
          float: { float: 0.5 },
          floats: { floats: [1, -0.125, Number.POSITIVE_INFINITY] },
          string: { string: 'naïve' },
          strings: { strings: ['a', ''] },
          tensor: { tensor: tensorOf('u8', [2, 2], [0, 1, 254, 255]) },
          away: {
            tensor: {
              type: 'f16',
              shape: [4],
              data: new Uint8Array(),
              external: { location: 'model.onnx_data', offset: 4096, length: 8 },
            },
          },
        },
      },
    ],
  },
}

test('an encoded model runs in onnxruntime', async () => {
  const session = await ort.InferenceSession.create(encodeModel(MODEL))
  const feeds = {
    x: new ort.Tensor('float32', [1, 0, 0, 1, 1, 2], [2, 3]),
    twice: new ort.Tensor('bool', [true], []),
  }
  const { y, z } = await session.run(feeds)
  expect(y.dims).toEqual([2, 2])
  expect([...(y.data as Float32Array)]).toEqual([1.25, 1, 14.25, 18])
  expect([...(z.data as Float32Array)]).toEqual([2.5, 2, 28.5, 36])
})

describe('decoding', () => {
  test.each([
    ['a model with a subgraph', MODEL],
    ['every kind of attribute', ATTRIBUTES],
  ])('gives back %s', (_, model) => {
    expect(decodeModel(encodeModel(model), 'm.onnx')).toEqual(model)
  })

  test('does not copy tensor data', () => {
    const bytes = encodeModel(MODEL)
    const tensor = decodeModel(bytes, 'm.onnx').graph.initializers.get('W')
    expect(tensor?.data.buffer).toBe(bytes.buffer)
  })

  /** A graph of one initializer "t" whose TensorProto has these bytes after its name. */
  function tensorFrom(...tensor: number[]) {
    const named = [0x42, 1, 0x74, ...tensor]
    const bytes = [0x08, 10, 0x42, 2, 0x10, 21, 0x3a, named.length + 2, 0x2a, named.length, ...named]
    const decoded = decodeModel(Uint8Array.from(bytes), 'm.onnx').graph.initializers.get('t')
    if (decoded === undefined) throw new Error('no tensor t')
    return decoded
  }
  // Dimensions, packed (0a) or one by one (08), and element types (10) by hand from onnx.proto.
  test.each([
    ['float_data, packed', [0x0a, 1, 2, 0x10, 1, 0x22, 8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], 'f32', [1, -2]],
    [
      'float_data, one by one',
      [0x08, 2, 0x10, 1, 0x25, 0, 0, 0x80, 0x3f, 0x25, 0, 0, 0, 0xc0],
      'f32',
      [1, -2],
    ],
    ['int32_data of a u8', [0x08, 2, 0x10, 2, 0x2a, 3, 0xff, 1, 7], 'u8', [255, 7]],
    ['int32_data of an f16, its bits', [0x08, 1, 0x10, 10, 0x28, 0x80, 0x78], 'f16', [1]],
    [
      'int64_data, packed',
      [0x08, 2, 0x10, 7, 0x3a, 11, 5, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
      'i64',
      [5, -2],
    ],
    ['raw_data of a scalar', [0x10, 6, 0x4a, 4, 0xff, 0xff, 0xff, 0xff], 'i32', [-1]],
  ])('reads %s', (_, bytes, type, values) => {
    const tensor = tensorFrom(...bytes)
    expect(tensor.type).toBe(type)
    expect([...floatsOf(tensor)]).toEqual(values)
  })

  test('refuses a tensor whose bytes do not fill its shape', () => {
    expect(() => tensorFrom(0x08, 3, 0x10, 2, 0x2a, 2, 1, 7)).toThrow(
      /2 bytes for tensor "t" of 3, shape \(3\)/,
    )
  })
})

describe('invalid bytes', () => {
  function outcome(bytes: Uint8Array): unknown {
    try {
      return decodeModel(bytes, 'models/x/onnx/model_q4.onnx')
    } catch (error) {
      return error
    }
  }

  test.each([
    ['subgraph', MODEL],
    ['attributes', ATTRIBUTES],
  ])('cut short at any byte are refused by name (%s)', (_, model) => {
    const bytes = encodeModel(model)
    for (let length = 0; length < bytes.length; length++) {
      const error = outcome(bytes.subarray(0, length))
      expect(error).toBeInstanceOf(ColloquyError)
      expect((error as ColloquyError).detail).toMatchObject({
        code: 'model-file',
        what: 'models/x/onnx/model_q4.onnx',
      })
    }
  })

  test('with any one byte damaged give a model or a ColloquyError, never another error', () => {
    const bytes = encodeModel(ATTRIBUTES)
    let refused = 0
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x02, 0x04, 0x80, 0xff]) {
        const damaged = bytes.slice()
        damaged[at] ^= flip
        const result = outcome(damaged)
        if (!(result instanceof Error)) continue
        expect(result).toBeInstanceOf(ColloquyError)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(bytes.length)
  })

  test.each([
    ['a web page', new TextEncoder().encode('<!doctype html><title>404</title>')],
    ['a pointer to the file', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n')],
    ['zeros', new Uint8Array(64)],
    ['graphs within graphs, a hundred deep', encodeModel({ ...MODEL, graph: nested(100) })],
  ])('are refused: %s', (_, bytes) => {
    expect(outcome(bytes)).toBeInstanceOf(ColloquyError)
  })
})
