import { describe, expect, test } from 'vitest'
import { ColloquyError } from '../../src/errors'
import type { ModelConfig } from '../../src/model/import/config'
import { type TensorData, tensorOf } from '../../src/onnx/proto'
import { genaiFile, type HubFile, loadHub, optimumFile } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'

const load = async (config: ModelConfig, file: HubFile, more?: Record<string, Uint8Array>) =>
  (await loadHub(config, file, more)).weights

const CONFIGS: readonly (readonly [string, ModelConfig, 4 | 8 | 32])[] = [
  ['llama in f32', smallConfig('llama'), 32],
  ['llama in 4 bits, own head', smallConfig('llama', { tiedEmbeddings: false }), 4],
  ['qwen2 in 4 bits', smallConfig('qwen2', { hiddenSize: 36 }), 4],
]

describe.each(CONFIGS)('%s', (_, config, bits) => {
  const weights = randomWeights(config, 9, bits)
  test('as optimum exports it', async () => {
    expect(await load(config, optimumFile(config, weights))).toEqual(weights)
  })
  test('as onnxruntime-genai exports it', async () => {
    expect(await load(config, genaiFile(config, weights))).toEqual(weights)
  })
})

test('qwen3 in 8 bits as onnxruntime-genai exports it', async () => {
  const config = smallConfig('qwen3')
  const weights = randomWeights(config, 9, 8)
  expect(await load(config, genaiFile(config, weights))).toEqual(weights)
})

describe('data and formats', () => {
  const config = smallConfig('llama')
  const weights = randomWeights(config, 9, 4)
  const q = weights.layers[0].linears.q
  if (q.kind !== 'blocks') throw new Error('blocks were asked for')
  const failure = (file: HubFile, more?: Record<string, Uint8Array>) =>
    load(config, file, more).catch((error: unknown) => error)

  /** Moves a tensor's data to a separate file, at an odd offset. */
  function movedAway(name: string, location: string, cut = 0) {
    const file = optimumFile(config, weights)
    const { type, shape, data } = file.initializers.get(name) as TensorData
    const away = new Uint8Array(data.length + 5 - cut)
    away.set(data.subarray(0, data.length - cut), 5)
    const external = { location, offset: 5, length: data.length }
    file.initializers.set(name, { type, shape, data: new Uint8Array(), external })
    return { file, more: { [`onnx/${location}`]: away } }
  }

  test('next to the model file are read from there', async () => {
    const { file, more } = movedAway('model.embed_tokens.weight', 'model_q4.onnx_data')
    expect(await load(config, file, more)).toEqual(weights)
  })

  test('next to the model file and cut short are refused', async () => {
    const { file, more } = movedAway('model.embed_tokens.weight', 'model_q4.onnx_data', 1)
    expect(await failure(file, more)).toMatchObject({
      code: 'model-file',
      message: expect.stringMatching(
        /912 bytes from 5 of model_q4\.onnx_data, which has 916, wanted 912 bytes/,
      ),
    })
  })

  test.each(['../../secret', '/etc/passwd', ''])('outside the folder are refused: "%s"', async (location) => {
    const { file, more } = movedAway('model.norm.weight', location)
    expect(await failure(file, more)).toMatchObject({ code: 'model-file' })
  })

  test('an embedding in blocks stays in blocks', async () => {
    const file = optimumFile(config, weights)
    const { head: table } = randomWeights(smallConfig('llama', { tiedEmbeddings: false }), 4, 8)
    if (table.kind !== 'blocks') throw new Error('blocks were asked for')
    file.initializers.delete('model.embed_tokens.weight')
    file.initializers.set('model.embed_tokens.weight_Q8', tensorOf('u8', [table.out, 32], table.packed))
    file.initializers.set('model.embed_tokens.weight_scales', tensorOf('f32', [table.out, 1], table.scales))
    const inputs = ['model.embed_tokens.weight_Q8', 'input_ids', 'model.embed_tokens.weight_scales']
    file.node('GatherBlockQuantized', '/model/embed_tokens/Gather_Q8', inputs, { bits: 8, block_size: 32 })
    expect((await load(config, file)).embedding).toEqual(table)
  })

  test('f16 norms are read as f32', async () => {
    const file = optimumFile(config, weights)
    // 1.5, -2, 2^-24 and 65504 in binary16.
    const bits = [0x3e00, 0xc000, 0x0001, 0x7bff]
    const halves = Uint16Array.from({ length: config.hiddenSize }, (_, i) => bits[i % 4])
    const data = new Uint8Array(halves.buffer)
    file.initializers.set('model.norm.weight', { type: 'f16', shape: [config.hiddenSize], data })
    const { finalNorm } = await load(config, file)
    expect([...finalNorm.subarray(0, 4)]).toEqual([1.5, -2, 2 ** -24, 65504])
  })

  function withQ(
    more: string[],
    ints: Record<string, number> = {},
    tensors: Record<string, TensorData> = {},
  ) {
    const file = optimumFile(config, weights)
    const at = file.nodes.findIndex(({ name }) => name === '/model/layers.0/self_attn/q_proj/MatMul_Q4')
    const node = file.nodes[at]
    const attributes = Object.fromEntries(Object.entries(ints).map(([key, int]) => [key, { int }]))
    file.nodes[at] = {
      ...node,
      inputs: [...node.inputs, ...more],
      attributes: { ...node.attributes, ...attributes },
    }
    for (const [name, tensor] of Object.entries(tensors)) file.initializers.set(name, tensor)
    return file
  }
  const points = (value: number) => ({ zp: tensorOf('u8', [q.out], new Uint8Array(q.out).fill(value)) })

  test('zero points in the middle equal no zero points', async () => {
    expect(await load(config, withQ(['zp'], {}, points(0x88)))).toEqual(weights)
  })

  test.each<[string, HubFile, RegExp]>([
    ['reordered rows', withQ(['', 'order']), /found reordered rows \(g_idx\)/],
    ['other bits', withQ([], { bits: 2 }), /found 2 bits in blocks of 32/],
  ])('%s are refused by name', async (_, file, message) => {
    const error = await failure(file)
    expect(error).toBeInstanceOf(ColloquyError)
    expect(error).toMatchObject({ code: 'model-architecture', message: expect.stringMatching(message) })
  })

  test.each<[string, Record<string, TensorData>, RegExp]>([
    ['zero points', { zp: tensorOf('u8', [3], [1, 2, 3]) }, /zp": found u8 \(3\), wanted 16 zero points/],
    [
      'scales',
      { 'onnx::MatMul_1180_scales': tensorOf('f32', [3], [1, 2, 3]) },
      /scales": found f32 \(3\), wanted 16/,
    ],
    [
      'blocks',
      { 'onnx::MatMul_1180_Q4': tensorOf('u8', [1], [1]) },
      /Q4": found u8 \(1\), wanted u8 \(16, 1, 16\)/,
    ],
  ])('%s of another shape are refused by name', async (_, tensors, message) => {
    expect(await failure(withQ(tensors.zp ? ['zp'] : [], {}, tensors))).toMatchObject({
      code: 'model-file',
      message: expect.stringMatching(message),
    })
  })

  test('a weight computed in the graph is refused by name', async () => {
    const file = optimumFile(config, weights)
    file.initializers.delete('onnx::MatMul_1181_Q4')
    const error = await failure(file)
    expect(error).toMatchObject({ message: expect.stringMatching(/MatMul_1181_Q4": found none in the file/) })
  })
})
