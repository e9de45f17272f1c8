import { describe, expect, test } from 'vitest'
import type { Matrix } from '../../src/matrix/matrix'
import { LINEARS } from '../../src/model/import/config'
import type { Dtype } from '../../src/model/import/folder_files'
import { dequantize, quantizeBlocks } from '../../src/model/weights/quantize'
import { type TensorData, tensorOf } from '../../src/onnx/proto'
import { genaiFile, type HubFile, loadHub, optimumFile } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'

const config = smallConfig('llama')
const weights = randomWeights(config, 9)

describe('which file is read', () => {
  const file = optimumFile(config, weights)
  test.each<[Dtype | undefined, string]>([
    [undefined, 'model_q4'],
    ['q4', 'model_q4'],
    ['q4f16', 'model_q4f16'],
    ['fp16', 'model_fp16'],
    ['fp32', 'model'],
    ['q8', 'model_quantized'],
    ['q8', 'model_int8'],
    ['int8', 'model_quantized'],
    ['uint8', 'model_uint8'],
  ])('%s: %s.onnx', async (dtype, name) => {
    const options = { dtype, path: `onnx/${name}.onnx` }
    expect((await loadHub(config, file, {}, options)).weights).toEqual(weights)
  })

  test.each<[Dtype, RegExp]>([
    [
      'q8',
      /hub\/x\/onnx: found none of onnx\/model_quantized.onnx, onnx\/model_int8.onnx, wanted one of them/,
    ],
    ['fp16', /hub\/x\/onnx\/model_fp16.onnx: found no such file/],
  ])('none for %s is an error that names those tried', async (dtype, message) => {
    const error = await loadHub(config, file, {}, { dtype }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'model-file', message: expect.stringMatching(message) })
  })
})

describe('data in several files', () => {
  /** Moves tensors to files; each starts somewhere in the middle of its file. */
  function spread(file: HubFile, fileOf: (name: string, index: number) => string | null) {
    const parts = new Map<string, number[]>()
    let index = 0
    for (const [name, { type, shape, data }] of file.initializers) {
      const location = fileOf(name, index++)
      if (location === null) continue
      const bytes = parts.get(location) ?? [1, 2, 3]
      parts.set(location, bytes)
      const external = { location, offset: bytes.length, length: data.length }
      bytes.push(...data)
      file.initializers.set(name, { type, shape, data: new Uint8Array(), external })
    }
    return Object.fromEntries([...parts].map(([name, bytes]) => [`onnx/${name}`, Uint8Array.from(bytes)]))
  }

  test.each<[string, (name: string, index: number) => string | null]>([
    ['one after the other', (_, i) => `model.onnx_data_${Math.floor(i / 7)}`],
    ['in turns', (_, i) => (i % 3 === 0 ? null : `model.onnx_data_${i % 3}`)],
    ['scales apart', (name) => (name.endsWith('_scales') ? 'scales' : 'rest')],
    ['scales in the model file', (name) => (name.endsWith('_scales') ? null : 'rest')],
    ['a file for each', (_, i) => `data_${i}`],
  ])('%s, each read once', async (_, fileOf) => {
    const packed = randomWeights(smallConfig('qwen2'), 3, 4)
    const file = genaiFile(smallConfig('qwen2'), packed)
    const more = spread(file, fileOf)
    const read: string[] = []
    const folder = await loadHub(smallConfig('qwen2'), file, more, {
      onProgress: (path, done, files) => read.push(`${path} ${done}/${files}`),
    })
    expect(folder.weights).toEqual(packed)
    const total = 5 + Object.keys(more).length
    expect(read.slice(6)).toEqual([
      ...Object.keys(more).map((_, i) => expect.stringMatching(new RegExp(` ${5 + i}/${total}$`))),
      `onnx/model_q4.onnx ${total}/${total}`,
    ])
    expect(new Set(read.slice(6)).size).toBe(total - 4)
  })

  test('small ones first', async () => {
    const file = genaiFile(config, randomWeights(config, 3, 4))
    const more = spread(file, (name) => (name.endsWith('_scales') ? 'scales' : 'rest'))
    const read: string[] = []
    await loadHub(config, file, more, { onProgress: (path) => read.push(path) })
    expect(Object.keys(more)).toEqual(['onnx/rest', 'onnx/scales'])
    expect(read.slice(6, 8)).toEqual(['onnx/scales', 'onnx/rest'])
  })

  test('is released after reading', async () => {
    const file = optimumFile(config, weights)
    const more = spread(file, (_, i) => `data_${i % 2}`)
    const loaded = (await loadHub(config, file, more)).weights
    for (const bytes of Object.values(more)) bytes.fill(0)
    expect(loaded).toEqual(weights)
  })
})

describe('a head', () => {
  const { embedding } = weights
  const table = dequantize(embedding)
  const transposed = tensorOf(
    'f32',
    [table.in, table.out],
    Float32Array.from(
      table.data,
      (_, i) => table.data[(i % table.out) * table.in + Math.floor(i / table.out)],
    ),
  )
  const withHead = (...head: Parameters<HubFile['linear']>) => {
    const file = optimumFile(config, weights)
    file.linear(...head)
    return file
  }

  test('equal to the embedding and stored again is stored once', async () => {
    const folder = await loadHub(config, withHead('/lm_head/MatMul', 'onnx::MatMul_9', table))
    expect(folder.weights.head).toBe(folder.weights.embedding)
    expect(folder.config.tiedEmbeddings).toBe(true)
  })

  test('equal to the embedding is recognised when read first', async () => {
    const file = withHead('/lm_head/MatMul', 'onnx::MatMul_9', table)
    const name = 'model.embed_tokens.weight'
    const { type, shape, data } = file.initializers.get(name) as TensorData
    const external = { location: 'later', offset: 0, length: null }
    file.initializers.set(name, { type, shape, data: new Uint8Array(), external })
    const folder = await loadHub(config, file, { 'onnx/later': data })
    expect(folder.weights.head).toBe(folder.weights.embedding)
    expect(folder.weights.embedding).toEqual(embedding)
  })

  test('that is the embedding, turned in the graph', async () => {
    const file = optimumFile(config, weights)
    file.node('Transpose', 'turn', ['model.embed_tokens.weight'])
    file.node('MatMul', '/lm_head/MatMul', ['x', 'turn/out'])
    const { head, embedding: found } = (await loadHub(config, file)).weights
    expect(head).toBe(found)
  })

  test('that the embedding is turned from, in the graph', async () => {
    const file = withHead('/lm_head/MatMul', 'lm_head.MatMul.weight', table)
    file.initializers.delete('model.embed_tokens.weight')
    file.node('Transpose', 'turn', ['lm_head.MatMul.weight'])
    file.node('Gather', '/model/embed_tokens/Gather', ['turn/out', 'input_ids'])
    const { head, embedding: found } = (await loadHub(config, file)).weights
    expect(head).toBe(found)
    expect(found).toEqual(embedding)
  })

  test('in blocks that the embedding shares', async () => {
    const blocks = quantizeBlocks(table, 4)
    const file = withHead('/lm_head/MatMul', 'lm_head.MatMul.weight', blocks)
    file.initializers.delete('model.embed_tokens.weight')
    file.initializers.set('shape', tensorOf('i64', [2], [19, 6]))
    file.node('Reshape', '/model/embed_tokens/Reshape', ['lm_head.MatMul.weight_Q4', 'shape'])
    const inputs = ['/model/embed_tokens/Reshape/out', 'input_ids', 'lm_head.MatMul.weight_scales']
    file.node('GatherBlockQuantized', '/model/embed_tokens/Gather', inputs, { bits: 4, block_size: 32 })
    const { head, embedding: found } = (await loadHub(config, file)).weights
    expect(head).toBe(found)
    expect(found).toEqual(blocks)
  })

  test.each<[string, Matrix]>([
    ['quantized', quantizeBlocks(table, 4)],
    ['of other values', { ...table, data: table.data.map((value, i) => (i === 70 ? value + 1 : value)) }],
  ])('of its own, %s, is what a tied model computes with', async (_, head) => {
    const folder = await loadHub(config, withHead('/lm_head/MatMul', 'onnx::MatMul_9', head))
    expect(folder.config.tiedEmbeddings).toBe(false)
    expect(folder.weights).toEqual({ ...weights, head })
  })

  test('is required where config.json ties nothing', async () => {
    const untied = smallConfig('llama', { tiedEmbeddings: false })
    await expect(loadHub(untied, optimumFile(config, weights))).rejects.toMatchObject({
      code: 'model-file',
      message: expect.stringMatching(/weight lm_head: found no product named after it/),
    })
  })

  test('is found by the name of its weight', async () => {
    const file = optimumFile(config, weights)
    file.initializers.set('lm_head.weight', transposed)
    file.node('MatMul', 'node_MatMul_812', ['x', 'lm_head.weight'])
    expect((await loadHub(smallConfig('llama', { tiedEmbeddings: false }), file)).config.tiedEmbeddings).toBe(
      true,
    )
  })
})

describe('names', () => {
  const rename = (file: HubFile, from: string, to: string) => {
    const tensor = file.initializers.get(from) as TensorData
    file.initializers.delete(from)
    file.initializers.set(to, tensor)
  }

  test('biases are found by the nodes that add them, norms by those that multiply by them', async () => {
    const biased = smallConfig('qwen2')
    const wanted = randomWeights(biased, 2)
    const file = optimumFile(biased, wanted)
    rename(file, 'model.layers.0.self_attn.q_proj.bias', 'onnx::Add_5')
    rename(file, 'model.layers.1.input_layernorm.weight', 'onnx::Mul_6')
    file.node('Add', '/model/layers.0/self_attn/q_proj/Add', ['onnx::Add_5', 'q'])
    file.node('Mul', '/model/layers.1/input_layernorm/Mul_1', ['onnx::Mul_6', 'normed'])
    expect((await loadHub(biased, file)).weights).toEqual(wanted)
  })

  test('a weight is found by its own name where its node has none', async () => {
    const file = genaiFile(config, weights)
    file.nodes.forEach((node, i) => {
      file.nodes[i] = { ...node, name: '' }
    })
    expect((await loadHub(config, file)).weights).toEqual(weights)
  })

  test.each<[string, (file: HubFile) => void, RegExp]>([
    [
      'an operator',
      (file) => {
        const at = file.nodes.findIndex(({ name }) => name === '/model/layers.0/self_attn/q_proj/MatMul')
        file.nodes[at] = { ...file.nodes[at], op: 'MatMulBnb4' }
      },
      /weight 0\.q: found operator MatMulBnb4 \(.*\), wanted one of MatMul, MatMulNBits, MatMulInteger/,
    ],
    [
      'a bias',
      (file) => file.vector('model.layers.1.self_attn.o_proj.bias', new Float32Array(12)),
      /weight 1\.o: found a bias in a llama model, wanted no biases/,
    ],
    [
      'a scale of blocks',
      (file) => {
        const at = file.nodes.findIndex(({ name }) => name === '/model/layers.0/mlp/up_proj/MatMul')
        file.nodes[at] = { ...file.nodes[at], inputs: ['x', 'dq/out'] }
        file.initializers.set('s', tensorOf('f32', [1], [1]))
        file.initializers.set('w', tensorOf('u8', [12, 20], new Uint8Array(240)))
        file.node('DequantizeLinear', 'dq', ['w', 's'], { block_size: 4 })
      },
      /tensor "w": found DequantizeLinear in blocks or per input, wanted one scale, or one per output/,
    ],
  ])('%s that the engine lacks is named, with what there is', async (_, change, message) => {
    const file = optimumFile(config, weights)
    change(file)
    const error = await loadHub(config, file).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'model-architecture', message: expect.stringMatching(message) })
  })
})

test('f16 matrices are read as f32', async () => {
  const file = optimumFile(config, weights)
  for (const [name, { type, shape }] of file.initializers) {
    if (type !== 'f32' || shape.length !== 2) continue
    // 1.5, -2 and 2^-24 in turns, in binary16.
    const halves = Uint16Array.from({ length: shape[0] * shape[1] }, (_, i) => [0x3e00, 0xc000, 1][i % 3])
    file.initializers.set(name, { type: 'f16', shape, data: new Uint8Array(halves.buffer) })
  }
  const { layers, embedding } = (await loadHub(config, file)).weights
  const value = (i: number) => [1.5, -2, 2 ** -24][i % 3]
  expect(dequantize(embedding).data).toEqual(Float32Array.from({ length: 19 * 12 }, (_, i) => value(i)))
  for (const which of LINEARS) {
    const { out, in: width, data } = dequantize(layers[0].linears[which])
    expect(data).toEqual(Float32Array.from(data, (_, i) => value((i % width) * out + Math.floor(i / width))))
  }
})
