import { describe, expect, test } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { LINEARS, type Linear, type ModelConfig } from '../../src/model/config'
import { loadModelFolder } from '../../src/model/folder'
import { dequantize } from '../../src/model/quantize'
import type { BlockMatrix, Matrix, ModelWeights } from '../../src/model/weights'
import { encodeModel, type NodeDescription, type TensorData, tensorOf } from '../../src/onnx/proto'
import { randomWeights, smallConfig } from '../reference/small_model'

/** The parts of a hub file that hold weights: nodes and initializers as the exporters name them. */
class HubFile {
  readonly nodes: NodeDescription[] = []
  readonly initializers = new Map<string, TensorData>()

  vector(name: string, data: Float32Array): void {
    this.initializers.set(name, tensorOf('f32', [data.length], data))
  }

  node(op: string, name: string, inputs: string[], ints: Record<string, number> = {}): void {
    const attributes = Object.fromEntries(Object.entries(ints).map(([key, int]) => [key, { int }]))
    const domain = op === 'MatMul' ? '' : 'com.microsoft'
    this.nodes.push({ op, domain, name, inputs, outputs: [`${name}/out`], attributes })
  }

  /** A multiplication by a matrix, stored under names of the exporter's choice. */
  linear(node: string, stored: string, matrix: Matrix, more: string[] = []): void {
    if (matrix.kind === 'f32') {
      const { data } = transposed(matrix)
      this.initializers.set(stored, tensorOf('f32', [matrix.in, matrix.out], data))
      this.node('MatMul', node, ['x', stored])
      return
    }
    const { bits, in: K, out: N } = matrix
    const blocks = Math.ceil(K / 32)
    this.initializers.set(`${stored}_Q${bits}`, tensorOf('u8', [N, blocks, 4 * bits], matrix.packed))
    this.initializers.set(`${stored}_scales`, tensorOf('f32', [N * blocks], matrix.scales))
    const inputs = ['x', `${stored}_Q${bits}`, `${stored}_scales`, ...more]
    this.node('MatMulNBits', `${node}_Q${bits}`, inputs, { bits, K, N, block_size: 32 })
  }

  bytes(): Uint8Array {
    const graph = {
      name: 'main_graph',
      inputs: [],
      outputs: [],
      nodes: this.nodes,
      initializers: this.initializers,
    }
    return encodeModel({ graph, opsets: { '': 14, 'com.microsoft': 1 }, irVersion: 8, producer: 'pytorch' })
  }
}

function transposed({ data, out, in: width }: { data: Float32Array; out: number; in: number }) {
  return { data: Float32Array.from(data, (_, i) => data[(i % out) * width + Math.floor(i / out)]) }
}

const GROUP = (which: Linear) => (['gate', 'up', 'down'].includes(which) ? 'mlp' : 'self_attn')

/** As optimum exports: plain ops, matrices under running numbers, norms and biases under their own names. */
function optimumFile(config: ModelConfig, weights: ModelWeights): HubFile {
  const file = new HubFile()
  let number = 1180
  const { embedding } = weights
  file.initializers.set(
    'model.embed_tokens.weight',
    tensorOf('f32', [embedding.out, embedding.in], dequantize(embedding).data),
  )
  file.vector('model.norm.weight', weights.finalNorm)
  weights.layers.forEach((layer, i) => {
    const name = `model.layers.${i}`
    file.vector(`${name}.input_layernorm.weight`, layer.attentionNorm)
    file.vector(`${name}.post_attention_layernorm.weight`, layer.mlpNorm)
    for (const which of LINEARS) {
      file.linear(
        `/${name.replace('model.', 'model/')}/${GROUP(which)}/${which}_proj/MatMul`,
        `onnx::MatMul_${number++}`,
        layer.linears[which],
      )
      if (layer.biases && (which === 'q' || which === 'k' || which === 'v'))
        file.vector(`${name}.self_attn.${which}_proj.bias`, layer.biases[which])
    }
    // Attention multiplies too, without weights.
    file.node('MatMul', `/model/layers.${i}/self_attn/MatMul`, ['q', 'k'])
  })
  if (!config.tiedEmbeddings) file.linear('/lm_head/MatMul', `onnx::MatMul_${number++}`, weights.head)
  return file
}

/** As onnxruntime-genai exports: q, k and v in one node, norms fused. */
function genaiFile(config: ModelConfig, weights: ModelWeights): HubFile {
  const file = new HubFile()
  const { embedding } = weights
  file.initializers.set(
    'model.embed_tokens.weight',
    tensorOf('f32', [embedding.out, embedding.in], dequantize(embedding).data),
  )
  file.vector(`model.layers.${config.layers}.final_norm_layernorm.weight`, weights.finalNorm)
  weights.layers.forEach((layer, i) => {
    const name = `model.layers.${i}`
    file.vector(`${name}.input_layernorm.weight`, layer.attentionNorm)
    file.vector(`${name}.post_attention_layernorm.weight`, layer.mlpNorm)
    const { q, k, v, o, gate, up, down } = layer.linears
    file.linear(
      `/model/layers.${i}/attn/qkv_proj/MatMul`,
      `${name}.attn.qkv_proj.MatMul.weight`,
      stacked([q, k, v]),
    )
    if (layer.biases) {
      const { q: bq, k: bk, v: bv } = layer.biases
      file.vector(`${name}.attn.qkv_proj.Add.bias`, Float32Array.from([...bq, ...bk, ...bv]))
    }
    if (layer.qNorm) file.vector(`${name}.attn.q_norm.layernorm.weight`, layer.qNorm)
    if (layer.kNorm) file.vector(`${name}.attn.k_norm.layernorm.weight`, layer.kNorm)
    file.linear(`/model/layers.${i}/attn/o_proj/MatMul`, `${name}.attn.o_proj.MatMul.weight`, o)
    file.linear(
      `/model/layers.${i}/mlp/gate_up_proj/MatMul`,
      `${name}.mlp.gate_up.weight`,
      stacked([gate, up]),
    )
    file.linear(`/model/layers.${i}/mlp/down_proj/MatMul`, `${name}.mlp.down_proj.MatMul.weight`, down)
  })
  if (!config.tiedEmbeddings) file.linear('/lm_head/MatMul', 'lm_head.MatMul.weight', weights.head)
  return file
}

function stacked(parts: readonly Matrix[]): Matrix {
  const out = parts.reduce((sum, part) => sum + part.out, 0)
  if (parts.every((part) => part.kind === 'f32'))
    return { ...parts[0], out, data: Float32Array.from(parts.flatMap((part) => [...part.data])) }
  const blocks = parts.filter((part): part is BlockMatrix => part.kind === 'blocks')
  return {
    ...blocks[0],
    out,
    packed: Uint8Array.from(blocks.flatMap((part) => [...part.packed])),
    scales: Float32Array.from(blocks.flatMap((part) => [...part.scales])),
  }
}

const ARCHITECTURES = { llama: 'LlamaForCausalLM', qwen2: 'Qwen2ForCausalLM', qwen3: 'Qwen3ForCausalLM' }

async function load(config: ModelConfig, file: HubFile, more: Record<string, Uint8Array> = {}) {
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value))
  const files: Record<string, Uint8Array> = {
    'config.json': json({
      architectures: [ARCHITECTURES[config.modelType]],
      vocab_size: config.vocabSize,
      hidden_size: config.hiddenSize,
      intermediate_size: config.intermediateSize,
      num_hidden_layers: config.layers,
      num_attention_heads: config.heads,
      num_key_value_heads: config.kvHeads,
      head_dim: config.headDim,
      max_position_embeddings: config.maxPositions,
      tie_word_embeddings: config.tiedEmbeddings,
    }),
    'generation_config.json': json({ eos_token_id: 0 }),
    'tokenizer.json': json({}),
    'tokenizer_config.json': json({}),
    'onnx/model_q4.onnx': file.bytes(),
    ...more,
  }
  return (await loadModelFolder(async (path) => files[path], 'hub/x')).weights
}

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

  /** Moves a tensor's data to a file of its own, at an odd place. */
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

  test('zero points in the middle are as good as none', async () => {
    expect(await load(config, withQ(['zp'], {}, points(0x88)))).toEqual(weights)
  })

  test.each<[string, HubFile, RegExp]>([
    [
      'zero points',
      withQ(['zp'], {}, points(0x87)),
      /MatMul_1180_Q4": found zero points \("zp"\), wanted symmetric/,
    ],
    ['reordered rows', withQ(['', 'order']), /found reordered rows \(g_idx\)/],
    [
      'other blocks',
      withQ([], { block_size: 128 }),
      /MatMul_1180_Q4": found 4 bits in blocks of 128, wanted 4 or 8/,
    ],
    ['other bits', withQ([], { bits: 2 }), /found 2 bits in blocks of 32/],
  ])('%s are refused by name', async (_, file, message) => {
    const error = await failure(file)
    expect(error).toBeInstanceOf(ColloquyError)
    expect(error).toMatchObject({ code: 'model-architecture', message: expect.stringMatching(message) })
  })

  test.each<[string, Record<string, TensorData>, RegExp]>([
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
    expect(await failure(withQ([], {}, tensors))).toMatchObject({
      code: 'model-file',
      message: expect.stringMatching(message),
    })
  })

  test('a weight that is computed in the graph is refused by name', async () => {
    const file = optimumFile(config, weights)
    file.initializers.delete('onnx::MatMul_1181_Q4')
    const error = await failure(file)
    expect(error).toMatchObject({ message: expect.stringMatching(/MatMul_1181_Q4": found none in the file/) })
  })
})
