import * as ort from 'onnxruntime-web/wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BlockMatrix, DenseMatrix } from '../../src/matrix/matrix'
import { BLOCK_SIZE, blockCount, dequantize, quantizeBlocks } from '../../src/model/weights/quantize'
import { encodeModel } from '../../src/onnx/proto'
import { Stream, seedKey } from '../../src/random'

beforeAll(() => {
  ort.env.wasm.numThreads = 1
})

function randomMatrix(out: number, width: number, seed: number): DenseMatrix {
  const stream = new Stream(seedKey(seed))
  return {
    kind: 'f32',
    out,
    in: width,
    data: Float32Array.from({ length: out * width }, () => stream.uniform() * 2 - 1),
  }
}

/** x (rows, in) · W^T by onnxruntime's own MatMulNBits. */
async function multiply(x: Float32Array, rows: number, matrix: BlockMatrix): Promise<Float32Array> {
  const blocks = blockCount(matrix.in)
  const blockBytes = (BLOCK_SIZE * matrix.bits) / 8
  const session = await ort.InferenceSession.create(
    encodeModel({
      irVersion: 10,
      producer: 'test',
      opsets: { '': 21, 'com.microsoft': 1 },
      graph: {
        name: 'multiply',
        inputs: [
          { name: 'x', type: 'f32', shape: [rows, matrix.in] },
          { name: 'B', type: 'u8', shape: [matrix.out, blocks, blockBytes] },
          { name: 'scales', type: 'f32', shape: [matrix.out * blocks] },
        ],
        outputs: [{ name: 'y', type: 'f32', shape: [rows, matrix.out] }],
        initializers: new Map(),
        nodes: [
          {
            op: 'MatMulNBits',
            domain: 'com.microsoft',
            name: 'n',
            inputs: ['x', 'B', 'scales'],
            outputs: ['y'],
            attributes: {
              K: { int: matrix.in },
              N: { int: matrix.out },
              bits: { int: matrix.bits },
              block_size: { int: BLOCK_SIZE },
              accuracy_level: { int: 0 },
            },
          },
        ],
      },
    }),
  )
  const { y } = await session.run({
    x: new ort.Tensor('float32', x, [rows, matrix.in]),
    B: new ort.Tensor('uint8', matrix.packed, [matrix.out, blocks, blockBytes]),
    scales: new ort.Tensor('float32', matrix.scales, [matrix.out * blocks]),
  })
  await session.release()
  return y.data as Float32Array
}

describe.each([4, 8] as const)('%i bits', (bits) => {
  test.each([
    [5, 32],
    [3, 64],
    [7, 100],
    [2, 20],
    [1, 33],
  ])('a (%i, %i) matrix is to MatMulNBits what dequantize says', async (out, width) => {
    const matrix = quantizeBlocks(randomMatrix(out, width, 7), bits)
    // Rows of the identity select single weights, so the result is W^T without rounding.
    const identity = new Float32Array(width * width)
    for (let i = 0; i < width; i++) identity[i * width + i] = 1
    const transposed = await multiply(identity, width, matrix)
    const { data } = dequantize(matrix)
    for (let row = 0; row < out; row++) {
      for (let column = 0; column < width; column++)
        expect(transposed[column * out + row]).toBeCloseTo(data[row * width + column], 6)
    }
  })

  test('no value moves by more than a level, and the largest of a block stays', () => {
    const dense = randomMatrix(16, 96, 11)
    const matrix = quantizeBlocks(dense, bits)
    const back = dequantize(matrix)
    for (let block = 0; block < matrix.scales.length; block++) {
      const scale = Math.abs(matrix.scales[block])
      const values = dense.data.subarray(block * 32, block * 32 + 32)
      const largest = values.reduce(
        (best, value, i) => (Math.abs(value) > Math.abs(values[best]) ? i : best),
        0,
      )
      expect(back.data[block * 32 + largest]).toBeCloseTo(values[largest], 6)
      for (let i = 0; i < 32; i++) {
        const error = Math.abs(back.data[block * 32 + i] - values[i])
        // Values opposite to the largest can be past the last level, which is one short of it.
        const opposite = values[i] * values[largest] < 0
        expect(error).toBeLessThanOrEqual(scale * (opposite ? 1 : 0.5) + 1e-6)
      }
    }
  })

  test('zeros stay zeros', () => {
    const dense: DenseMatrix = { kind: 'f32', out: 2, in: 40, data: new Float32Array(80) }
    expect(dequantize(quantizeBlocks(dense, bits))).toEqual(dense)
  })
})
