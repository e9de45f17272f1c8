import { describe, expect, test } from 'vitest'
import type { BlockMatrix, Matrix } from '../../src/matrix/matrix'
import type { Linear } from '../../src/model/import/config'
import { dequantize } from '../../src/model/weights/quantize'
import { type ElementType, type TensorData, tensorOf } from '../../src/onnx/proto'
import { Stream, seedKey } from '../../src/random'
import { type HubFile, loadHub, optimumFile } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'

const config = smallConfig('llama', { hiddenSize: 80, intermediateSize: 36, headDim: 20 })
const weights = randomWeights(config, 9)
const draw = (count: number, of: () => number) => Array.from({ length: count }, of)

/** Replaces the product of one linear of the first layer. */
function withProduct(
  which: Linear,
  op: string,
  inputs: readonly string[],
  tensors: Readonly<Record<string, TensorData>>,
  ints: Readonly<Record<string, number>> = {},
): HubFile {
  const file = optimumFile(config, weights)
  const at = file.nodes.findIndex(
    ({ name }) => name.includes(`layers.0/`) && name.includes(`/${which}_proj/`),
  )
  const attributes = Object.fromEntries(Object.entries(ints).map(([key, int]) => [key, { int }]))
  file.nodes[at] = { ...file.nodes[at], op, inputs: ['x', ...inputs], attributes }
  for (const [name, tensor] of Object.entries(tensors)) file.initializers.set(name, tensor)
  return file
}

/** Copies the first layer's weight to all layers, so that all have its format. */
function inAllLayers(which: Linear, file: HubFile): HubFile {
  const [first, second] = ['0', '1'].map((i) =>
    file.nodes.findIndex(({ name }) => name.includes(`layers.${i}/`) && name.includes(`/${which}_proj/`)),
  )
  file.nodes[second] = { ...file.nodes[first], name: file.nodes[second].name }
  return file
}

async function loaded(which: Linear, file: HubFile): Promise<Matrix> {
  return (await loadHub(config, file)).weights.layers[0].linears[which]
}

describe('blocks', () => {
  const [out, width] = [80, 80]
  const stream = new Stream(seedKey(3))

  /** Makes a product with random levels, and the values they represent. */
  function blocks(bits: 4 | 8, blockSize: number, zeroOf: (() => number) | 'none' | 'floats') {
    const count = Math.ceil(width / blockSize)
    const middle = 2 ** (bits - 1)
    const levels = draw(out * count * blockSize, () => stream.int(0, 2 ** bits - 1))
    const scales = Float32Array.from(draw(out * count, () => stream.uniform() - 0.5))
    const drawn = typeof zeroOf === 'function' ? zeroOf : () => (zeroOf === 'none' ? middle : 0.5)
    const zeros = draw(out * count, drawn)
    const packed = bits === 8 ? levels : nibbles(levels, count * blockSize)
    const inputs = ['w', 's', ...(zeroOf === 'none' ? [] : ['z'])]
    const points =
      zeroOf === 'floats'
        ? tensorOf('f32', [out, count], zeros)
        : tensorOf('u8', [packedLength(bits, count)], bits === 8 ? zeros : nibbles(zeros, count))
    const tensors = {
      w: tensorOf('u8', [out, count, (blockSize * bits) / 8], packed),
      s: tensorOf('f32', [out * count], scales),
      z: points,
    }
    const file = withProduct('q', 'MatMulNBits', inputs, tensors, {
      bits,
      block_size: blockSize,
      K: width,
      N: out,
    })
    const values = Float32Array.from({ length: out * width }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width]
      const block = row * count + Math.floor(column / blockSize)
      return (levels[block * blockSize + (column % blockSize)] - zeros[block]) * scales[block]
    })
    return { file, values }
  }

  function packedLength(bits: 4 | 8, count: number): number {
    return out * (bits === 8 ? count : Math.ceil(count / 2))
  }

  /** Packs two values per byte, the first in the low half; a row starts with a new byte. */
  function nibbles(values: readonly number[], perRow: number): number[] {
    const rowBytes = Math.ceil(perRow / 2)
    const bytes = new Array<number>((values.length / perRow) * rowBytes).fill(0)
    values.forEach((value, i) => {
      const column = i % perRow
      bytes[Math.floor(i / perRow) * rowBytes + (column >> 1)] |= value << (4 * (column & 1))
    })
    return bytes
  }

  test.each<[4 | 8, number, Parameters<typeof blocks>[2]]>([
    [8, 32, () => stream.int(0, 255)],
    [4, 16, 'none'],
    [4, 16, () => stream.int(0, 15)],
    [8, 64, () => stream.int(100, 140)],
    [4, 32, 'floats'],
  ])(
    'of %i bits, %i values each, that 32 symmetric ones cannot hold, become f32 (case %#)',
    async (bits, size, zeros) => {
      const { file, values } = blocks(bits, size, zeros)
      expect(await loaded('q', file)).toEqual({ kind: 'f32', out, in: width, data: values })
    },
  )

  test.each([32, 64])('of 4 bits, %i values each, with zero points, become bytes', async (size) => {
    const { file, values } = blocks(4, size, () => stream.int(0, 15))
    const matrix = await loaded('q', inAllLayers('q', file))
    expect(matrix).toMatchObject({ kind: 'blocks', bits: 8 })
    expect(dequantize(matrix).data).toEqual(values)
  })

  test.each<[4 | 8, number, Parameters<typeof blocks>[2]]>([
    [4, 64, 'none'],
    [8, 128, 'none'],
    [4, 32, () => 8],
    [8, 64, () => 128],
  ])('of %i bits, %i values each, symmetric, stay in blocks', async (bits, size, zeros) => {
    const { file, values } = blocks(bits, size, zeros)
    const matrix = await loaded('q', inAllLayers('q', file))
    expect(matrix).toMatchObject({ kind: 'blocks', bits })
    expect(dequantize(matrix).data).toEqual(values)
  })

  test('in one layer alone are blocks there alone', async () => {
    const { file, values } = blocks(4, 32, 'none')
    const { layers } = (await loadHub(config, file)).weights
    const [first, second] = layers.map(({ linears }) => linears.q)
    expect(first).toMatchObject({ kind: 'blocks', bits: 4 })
    expect(dequantize(first).data).toEqual(values)
    expect(second).toEqual(weights.layers[1].linears.q)
  })
})

describe('products of integers', () => {
  const stream = new Stream(seedKey(4))
  const out = config.intermediateSize
  const width = config.hiddenSize

  /** Makes `gate_proj` as quantize_dynamic writes it: (in, out), with its scale named after it. */
  function dynamic(type: 'i8' | 'u8', zeroOf: () => number, channels: 1 | 36) {
    const low = type === 'i8' ? -128 : 0
    const levels = draw(width * out, () => low + stream.int(0, 255))
    const scales = Float32Array.from(draw(channels, () => stream.uniform()))
    const zeros = draw(channels, zeroOf)
    const shape = channels === 1 ? [] : [channels]
    const values = Float32Array.from({ length: out * width }, (_, i) => {
      const [o, column] = [Math.floor(i / width), i % width]
      const channel = channels === 1 ? 0 : o
      return (levels[column * out + o] - zeros[channel]) * scales[channel]
    })
    const file = withProduct(
      'gate',
      'MatMulInteger',
      ['onnx::MatMul_7_quantized', 'x_zero_point', 'onnx::MatMul_7_zero_point'],
      {
        'onnx::MatMul_7_quantized': tensorOf(type, [width, out], levels),
        'onnx::MatMul_7_scale': tensorOf('f32', shape, scales),
        'onnx::MatMul_7_zero_point': tensorOf(type, shape, zeros),
      },
    )
    return { file, values }
  }

  test.each<[string, 'i8' | 'u8', number, 1 | 36]>([
    ['one scale', 'i8', 0, 1],
    ['a scale per output', 'i8', 0, 36],
    ['unsigned', 'u8', 128, 1],
  ])('that are symmetric stay bytes, in blocks: %s', async (_, type, zero, channels) => {
    const made = dynamic(type, () => zero, channels)
    const matrix = await loaded('gate', inAllLayers('gate', made.file))
    expect(matrix).toMatchObject({ kind: 'blocks', bits: 8, out, in: width })
    expect(dequantize(matrix).data).toEqual(made.values)
    // Padding represents zeros.
    const { packed } = matrix as BlockMatrix
    expect(packed.subarray(80, 96)).toEqual(new Uint8Array(16).fill(128))
  })

  test.each<[string, 'i8' | 'u8', 1 | 36]>([
    ['one zero point', 'u8', 1],
    ['a zero point per output', 'u8', 36],
    ['signed', 'i8', 36],
  ])('that are not become f32: %s', async (_, type, channels) => {
    const { file, values } = dynamic(type, () => stream.int(1, 100), channels)
    expect(await loaded('gate', file)).toEqual({ kind: 'f32', out, in: width, data: values })
  })

  test('without the scale that is named after them are refused by name', async () => {
    const { file } = dynamic('i8', () => 0, 1)
    file.initializers.delete('onnx::MatMul_7_scale')
    await expect(loadHub(config, file)).rejects.toMatchObject({
      code: 'model-file',
      message: expect.stringMatching(/"onnx::MatMul_7_scale": found none in the file/),
    })
  })

  test('with scales for every input are refused by name', async () => {
    const { file } = dynamic('i8', () => 0, 1)
    file.initializers.set(
      'onnx::MatMul_7_scale',
      tensorOf(
        'f32',
        [width],
        draw(width, () => 1),
      ),
    )
    await expect(loadHub(config, file)).rejects.toMatchObject({
      code: 'model-architecture',
      message: expect.stringMatching(/MatMul_7_scale": found 80 values, wanted 1, or 36: one per output/),
    })
  })

  test('as DequantizeLinear before a MatMul', async () => {
    const { file, values } = dynamic('u8', () => 77, 1)
    const at = file.nodes.findIndex(({ op }) => op === 'MatMulInteger')
    const [x, weight, , zero] = file.nodes[at].inputs
    file.nodes[at] = { ...file.nodes[at], op: 'MatMul', inputs: [x, 'dequantized'] }
    file.node('DequantizeLinear', 'DQ', [weight, 'onnx::MatMul_7_scale', zero])
    file.nodes[file.nodes.length - 1] = { ...file.nodes[file.nodes.length - 1], outputs: ['dequantized'] }
    expect(await loaded('gate', file)).toMatchObject({ kind: 'f32', data: values })
  })
})

describe('an embedding in bytes', () => {
  const stream = new Stream(seedKey(5))
  const levels = draw(config.vocabSize * config.hiddenSize, () => stream.int(0, 255))

  function withTable(type: ElementType, after: (file: HubFile, x: string) => void): HubFile {
    const file = optimumFile(config, weights)
    file.initializers.delete('model.embed_tokens.weight')
    const shape = [config.vocabSize, config.hiddenSize]
    const tensor = tensorOf(
      type === 'i8' ? 'i8' : 'u8',
      shape,
      levels.map((x) => (type === 'i8' ? x - 128 : x)),
    )
    file.initializers.set('model.embed_tokens.weight_quantized', tensor)
    file.initializers.set('model.embed_tokens.weight_scale', tensorOf('f32', [], [0.037]))
    file.initializers.set('zero', tensorOf('u8', [], [131]))
    file.initializers.set('zero_f32', tensorOf('f32', [], [131]))
    file.node('Gather', '/model/embed_tokens/Gather_quant', [
      'model.embed_tokens.weight_quantized',
      'input_ids',
    ])
    after(file, '/model/embed_tokens/Gather_quant/out')
    return file
  }
  const wanted = (zero: number) => Float32Array.from(levels, (level) => (level - zero) * Math.fround(0.037))

  test.each<[string, number, HubFile]>([
    [
      'DequantizeLinear',
      131,
      withTable('u8', (file, x) =>
        file.node('DequantizeLinear', 'dq', [x, 'model.embed_tokens.weight_scale', 'zero']),
      ),
    ],
    [
      'DequantizeLinear of signed bytes',
      128,
      withTable('i8', (file, x) =>
        file.node('DequantizeLinear', 'dq', [x, 'model.embed_tokens.weight_scale']),
      ),
    ],
    [
      'Cast, Sub and Mul',
      131,
      withTable('u8', (file, x) => {
        file.node('Cast', 'cast', [x])
        file.node('Sub', 'sub', ['cast/out', 'zero_f32'])
        file.node('Mul', 'mul', ['sub/out', 'model.embed_tokens.weight_scale'])
      }),
    ],
  ])('is f32: %s', async (_, zero, file) => {
    const { embedding } = (await loadHub(config, file)).weights
    expect(embedding).toMatchObject({ kind: 'f32', data: wanted(zero) })
  })
})
