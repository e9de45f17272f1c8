import { describe, expect, test } from 'vitest'
import { passSize } from '../../src/model/memory/activations'
import { gradients } from '../../src/onnx/autodiff'
import { GraphBuilder } from '../../src/onnx/graph'
import * as ops from '../../src/onnx/ops'
import { partition } from '../../src/onnx/partition'
import { smallConfig } from '../reference/small_model'

/** y = sigmoid(x W) W, and the gradient of x. */
function joint() {
  const b = new GraphBuilder('joint')
  const x = b.input('x', 'f32', ['S', 3])
  const w = b.input('w', 'f32', [3, 3])
  const product = ops.matMul(b, x, w)
  const y = ops.matMul(b, ops.sigmoid(b, product), w)
  b.output('y', y)
  const forwardNodes = b.nodes.length
  const dy = b.input('dy', 'f32', y.shape)
  b.output('dx', gradients(b, y, dy, [x])[0])
  return { b, forwardNodes, product, outputs: { forward: ['y'], backward: ['dx'] } }
}

const names = (values: readonly { readonly name: string }[]) => values.map(({ name }) => name)

describe('a graph cut in two', () => {
  test('the forward half keeps the product that the backward half reads, which computes only the sigmoid again', () => {
    const { b, forwardNodes, product, outputs } = joint()
    const { forward, backward, kept } = partition(b, forwardNodes, outputs, true)
    expect(kept).toEqual([product.name])
    expect(names(forward.graph.inputs)).toEqual(['x', 'w'])
    expect(names(forward.graph.outputs)).toEqual(['y', product.name])
    expect(forward.graph.nodes.map(({ op }) => op)).toEqual(['MatMul', 'Sigmoid', 'MatMul'])
    expect(names(backward.graph.inputs)).toEqual(['w', 'dy', product.name])
    expect(backward.graph.outputs).toEqual([{ name: 'dx', type: 'f32', shape: ['S', 3] }])
    const made = backward.graph.nodes.map(({ op }) => op)
    expect(made.filter((op) => op === 'Sigmoid')).toHaveLength(1)
    expect(made.filter((op) => op === 'MatMul')).toHaveLength(2)
  })

  test('with gradient checkpointing nothing is kept and the product is made twice', () => {
    const { b, forwardNodes, outputs } = joint()
    const { forward, backward, kept } = partition(b, forwardNodes, outputs, false)
    expect(kept).toEqual([])
    expect(names(forward.graph.outputs)).toEqual(['y'])
    expect(names(backward.graph.inputs)).toEqual(['x', 'w', 'dy'])
    expect(backward.graph.nodes.filter(({ op }) => op === 'MatMul')).toHaveLength(3)
  })

  test('a product of weights alone is not kept', () => {
    const b = new GraphBuilder('merged')
    const x = b.input('x', 'f32', ['S', 3])
    const a = b.input('a', 'f32', [3, 3])
    const y = ops.matMul(b, x, ops.matMul(b, a, a))
    b.output('y', y)
    const forwardNodes = b.nodes.length
    b.output('dx', gradients(b, y, b.input('dy', 'f32', y.shape), [x])[0])
    expect(partition(b, forwardNodes, { forward: ['y'], backward: ['dx'] }, true).kept).toEqual([])
  })

  test('each half has the constants that it reads', () => {
    const b = new GraphBuilder('constants')
    const x = b.input('x', 'f32', ['S', 3])
    const y = ops.sub(b, x, b.floats([2], []))
    b.output('y', y)
    const forwardNodes = b.nodes.length
    b.output('dx', ops.scale(b, gradients(b, y, b.input('dy', 'f32', y.shape), [x])[0], 5))
    const { forward, backward } = partition(b, forwardNodes, { forward: ['y'], backward: ['dx'] }, true)
    const values = [forward, backward].map(({ graph }) =>
      [...graph.initializers.values()].map(({ data }) => new Float32Array(data.slice().buffer)[0]),
    )
    expect(values).toEqual([[2], [5]])
  })
})

describe('the size of a pass, and the room for its activations', () => {
  const config = smallConfig('llama')
  const smolLm = { hiddenSize: 576, intermediateSize: 1536, layers: 30, heads: 9, kvHeads: 3, headDim: 64 }
  const large = { ...config, ...smolLm, maxPositions: 2048 }

  test('an embedded peer’s activations fit, those of a hub model do not', () => {
    const plan = { config, queryBlocks: 4, activations: 'f32' } as const
    expect(passSize(plan, 'wasm')).toEqual({ tokensPerPass: 1024, gradientCheckpointing: false })
    expect(passSize({ ...plan, config: large }, 'wasm')).toEqual({
      tokensPerPass: 1024,
      gradientCheckpointing: true,
    })
  })

  test('f16 fits where f32 does not', () => {
    // 128 MiB hold 2^25 f32 values or 2^26 halves. One row of 1024 in one layer with 24 heads lies between
    // the two.
    const between = { ...config, layers: 1, heads: 24, headDim: 8, maxPositions: 1024 }
    const checkpointing = (layers: number, activations: 'f32' | 'f16') =>
      passSize({ config: { ...between, layers }, queryBlocks: 1, activations }, 'wasm').gradientCheckpointing
    expect(checkpointing(1, 'f32')).toBe(false)
    expect(checkpointing(2, 'f32')).toBe(true)
    expect(checkpointing(2, 'f16')).toBe(false)
  })

  test('a small model’s pass is larger on a GPU, as far as it fits', () => {
    const sizes = [1, 4, 16].map(
      (layers) =>
        passSize(
          { config: { ...config, layers, maxPositions: 512 }, queryBlocks: 1, activations: 'f32' },
          'webgpu',
        ).tokensPerPass,
    )
    expect(sizes[0]).toBe(16384)
    expect([...sizes].sort((a, b) => b - a)).toEqual(sizes)
    expect(new Set(sizes).size).toBe(3)
    expect(passSize({ config: large, queryBlocks: 1, activations: 'f32' }, 'webgpu')).toEqual({
      tokensPerPass: 2048,
      gradientCheckpointing: true,
    })
  })
})
