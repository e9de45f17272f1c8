import { createHash } from 'node:crypto'
import { Tokenizer } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import { halfToNumber } from '../../src/onnx/half'
import { decodeModel, elementCount, floatsOf, type ModelDescription } from '../../src/onnx/proto'
import {
  buildFixture,
  DTYPES,
  type Dtype,
  FAMILIES,
  type FixtureOptions,
  fixtureGraph,
  fixtureWeights,
  MODELS,
  modelPath,
  SIZES,
} from '../fixtures'
import { halfBits } from '../fixtures/half'
import { hubModel } from '../fixtures/models'
import { stacked } from '../fixtures/random_weights'
import { byteCount } from '../fixtures/tensors'
import { tokenizerFiles } from '../fixtures/tokenizer'

async function fileOf(options: FixtureOptions): Promise<ModelDescription> {
  const path = modelPath(options.dtype)
  return decodeModel((await buildFixture(options)).get(path) ?? new Uint8Array(), path)
}

function operators(options: FixtureOptions): string {
  return [...new Set(fixtureGraph(options).nodes.map(({ op }) => op))].sort().join(' ')
}

describe('the builder of folders', () => {
  it('gives the same bytes only for the same seed', async () => {
    const options = { model: 'smollm2-360m', family: 'builder', dtype: 'q4' } as const
    const [first, again, other] = await Promise.all(
      [undefined, 1, 2].map(async (seed) => {
        const folder = await buildFixture({ ...options, seed })
        return [...folder].map(([path, bytes]) => [path, createHash('sha256').update(bytes).digest('hex')])
      }),
    )
    expect(again).toEqual(first)
    expect(first.map(([path]) => path)).toContain('onnx/model_q4.onnx')
    const differing = first.filter(([, digest], i) => digest !== other[i][1])
    expect(differing.map(([path]) => path)).toEqual(['onnx/model_q4.onnx'])
  })

  it('makes a full-size model in parts of a few megabytes', () => {
    const graph = fixtureGraph({ model: 'qwen2.5-0.5b', family: 'builder', dtype: 'q4f16', size: 'full' })
    for (const name of ['model.embed_tokens.weight', 'lm_head.MatMul.weight_Q4', 'cos_cache']) {
      const [part] = graph.tensors.get(name)?.parts() ?? []
      expect(part.length).toBeLessThan(2 ** 22)
    }
  })

  // Sizes of HuggingFaceTB/SmolLM2-135M-Instruct on the hub, in MB. They include the table stored twice, and
  // cos and sin.
  it.each<[Dtype, number]>([
    ['f32', 654],
    ['fp16', 327],
    ['q4', 200],
    ['q4f16', 134],
  ])('has the size of the real %s file', (dtype, published) => {
    const graph = fixtureGraph({ model: 'smollm2-135m', family: 'builder', dtype, size: 'full' })
    const bytes = [...graph.tensors.values()].reduce((sum, tensor) => sum + byteCount(tensor), 0)
    expect(Math.abs(bytes / 1e6 - published)).toBeLessThan(0.8)
  })

  it('spreads external data over the files that config.json announces', async () => {
    const folder = await buildFixture({ model: 'qwen3-0.6b', family: 'builder', dtype: 'q4', chunks: 2 })
    const config = JSON.parse(new TextDecoder().decode(folder.get('config.json')))
    expect(config['transformers.js_config'].use_external_data_format).toEqual({ 'model_q4.onnx': 2 })
    const sizes = ['', '_1'].map((end) => folder.get(`onnx/model_q4.onnx_data${end}`)?.length ?? 0)
    const { graph } = decodeModel(folder.get('onnx/model_q4.onnx') ?? new Uint8Array(), 'model')
    const outside = [...graph.initializers.values()].flatMap(({ external }) => external ?? [])
    expect(outside.reduce((sum, { length }) => sum + (length ?? 0), 0)).toBe(sizes[0] + sizes[1])
    expect(new Set(outside.map(({ location }) => location)).size).toBe(2)
  })

  it('stores every tensor that is read, and no other', () => {
    for (const family of FAMILIES)
      for (const dtype of DTYPES) {
        const graph = fixtureGraph({ model: 'qwen2.5-0.5b', family, dtype })
        const known = new Set(['', ...graph.tensors.keys(), ...graph.inputs.map(({ name }) => name)])
        for (const { inputs, outputs } of graph.nodes) {
          expect(inputs.filter((input) => !known.has(input))).toEqual([])
          for (const output of outputs) known.add(output)
        }
        expect(graph.outputs.filter(({ name }) => !known.has(name))).toEqual([])
        const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs))
        expect([...graph.tensors.keys()].filter((name) => !read.has(name))).toEqual([])
      }
  })
})

describe('family A', () => {
  const options = { model: 'qwen2.5-0.5b', family: 'optimum' } as const

  it('has plain operators', () => {
    const plain =
      'Add Cast Concat ConstantOfShape Cos Div Equal Expand Gather Greater MatMul Mul Neg Pow Range ReduceMean ' +
      'Reshape Shape Sigmoid Sin Slice Softmax Sqrt Squeeze Transpose Trilu Unsqueeze Where'
    expect(operators({ ...options, dtype: 'f32' })).toBe(plain)
    expect(operators({ ...options, dtype: 'q4' })).toBe(plain.replace('MatMul', 'MatMul MatMulNBits'))
  })

  it('has matrices under running numbers and one table for embedding and head', async () => {
    const { graph } = await fileOf({ ...options, dtype: 'q4' })
    const q = graph.nodes.find(({ name }) => name === '/model/layers.0/self_attn/q_proj/MatMul_Q4')
    expect(q?.op).toBe('MatMulNBits')
    expect(q?.inputs.slice(1)).toEqual(['onnx::MatMul_3037_Q4', 'onnx::MatMul_3037_scales'])
    const head = graph.nodes.find(({ name }) => name === '/lm_head/MatMul')
    expect(head?.inputs[1]).toBe('model.embed_tokens.weight_transposed')
    expect(graph.initializers.has('model.layers.1.self_attn.k_proj.bias')).toBe(true)
  })
})

describe('family B', () => {
  const options = { model: 'qwen3-0.6b', family: 'builder' } as const

  it('has attention and norms in one operator each', () => {
    expect(operators({ ...options, dtype: 'f32' })).toBe(
      'Cast Concat Constant Gather GroupQueryAttention MatMul Mul ReduceSum Reshape RotaryEmbedding Shape ' +
        'Sigmoid SimplifiedLayerNormalization SkipSimplifiedLayerNormalization Sub Unsqueeze',
    )
  })

  it('names tensors after nodes', async () => {
    const { graph } = await fileOf({ ...options, dtype: 'q4' })
    const q = graph.nodes.find(({ name }) => name === '/model/layers.0/attn/q_proj/MatMul_Q4')
    expect(q?.inputs.slice(1)).toEqual([
      'model.layers.0.attn.q_proj.MatMul.weight_Q4',
      'model.layers.0.attn.q_proj.MatMul.weight_scales',
    ])
    const packed = await fileOf({ ...options, dtype: 'q4', packed: true })
    expect(packed.graph.inputs.map(({ name }) => name)).not.toContain('position_ids')
    expect(packed.graph.initializers.get('model.layers.0.attn.qkv_proj.MatMul.weight_Q4')?.shape[0]).toBe(256)
    const shared = await fileOf({ ...options, dtype: 'q4', shared: true })
    expect(shared.graph.initializers.has('model.embed_tokens.weight')).toBe(false)
  })
})

describe('integers', () => {
  it.each(FAMILIES)('of %s match the weights within half a level', async (family) => {
    const options = { model: 'qwen3-0.6b', family, dtype: 'q8', packed: family === 'builder' } as const
    const { graph } = await fileOf(options)
    const weights = fixtureWeights(options)
    const parts = ['q_proj', 'k_proj', 'v_proj'].map((name) => weights.linear(1, name))
    const weight = family === 'builder' ? stacked(parts) : parts[0]
    const node = graph.nodes.find(({ name }) =>
      /layers\.1\/(self_attn\/q|attn\/qkv)_proj\/MatMul_quant$/.test(name),
    )
    const [levels, zeros] = [node?.inputs[1] ?? '', node?.inputs[3] ?? ''].map((name) => {
      const tensor = graph.initializers.get(name)
      if (!tensor) throw new RangeError(`no ${name}`)
      return tensor
    })
    expect(levels.shape).toEqual([weight.in, weight.out])
    expect(elementCount(zeros.shape)).toBe(weight.out)
    const scaleName = (node?.inputs[1] ?? '').replace('_quantized', '_scale')
    const scaleTensor = graph.initializers.get(scaleName)
    if (!scaleTensor) throw new RangeError(`no ${scaleName}`)
    const [q, z, scales] = [levels, zeros, scaleTensor].map(floatsOf)
    const errors = weight.columns(0, weight.in).map((value, i) => {
      const row = i % weight.out
      return Math.abs((q[i] - z[row]) * scales[row] - value) / scales[row]
    })
    expect(Math.max(...errors)).toBeLessThan(0.501)
  })
})

describe('halves', () => {
  it('are the nearest halves', () => {
    const all = Array.from({ length: 0x7c00 }, (_, bits) => bits)
    expect(all.filter((bits) => halfBits(halfToNumber(bits)) !== bits)).toEqual([])
    expect(halfBits(-halfToNumber(0x1234))).toBe(0x9234)
    // Values in the middle round to the even half, others to the nearer one.
    for (const bits of [0x0001, 0x03ff, 0x3c00, 0x3c01, 0x63ff]) {
      const low = halfToNumber(bits)
      const step = halfToNumber(bits + 1) - low
      expect(halfBits(low + step / 2)).toBe(bits + (bits % 2))
      expect(halfBits(low + step * 0.499)).toBe(bits)
      expect(halfBits(low + step * 0.501)).toBe(bits + 1)
    }
  })
})

describe.each(MODELS.filter((model) => model !== 'smollm2-360m'))('the tokenizer of %s', (model) => {
  const text = 'Ada has 12 apples; gives Bob ⅓ of them…\n\tHow many are left? 四'

  it.each(SIZES)('%s, decodes its own encoding', { timeout: 30_000 }, (size) => {
    const { shape } = hubModel(model, size)
    const { tokenizer, config, idOf } = tokenizerFiles(hubModel(model, size))
    const own = new Tokenizer(tokenizer, config)
    const ids = own.encode(text, { add_special_tokens: false }).ids
    expect(own.decode(ids)).toBe(text)
    // Tokens of one byte have the lowest numbers, behind SmolLM2's special ones.
    const [exclamation] = own.encode('!', { add_special_tokens: false }).ids
    expect(exclamation).toBe(model.startsWith('smollm2') ? 17 : 0)
    expect(Math.max(...ids)).toBeLessThan(shape.vocab_size)
    const stop = model.startsWith('llama') ? '<|eot_id|>' : '<|im_end|>'
    expect(own.encode(stop, { add_special_tokens: false }).ids).toEqual([idOf(stop)])
    expect(idOf(stop)).toBeLessThan(shape.vocab_size)
  })

  it('has the real ids of special tokens at full size', { timeout: 30_000 }, () => {
    const { idOf } = tokenizerFiles(hubModel(model, 'full'))
    const known = model.startsWith('smollm2')
      ? { '<|endoftext|>': 0, '<|im_start|>': 1, '<|im_end|>': 2 }
      : model.startsWith('llama')
        ? { '<|begin_of_text|>': 128000, '<|finetune_right_pad_id|>': 128004, '<|eot_id|>': 128009 }
        : { '<|endoftext|>': 151643, '<|im_start|>': 151644, '<|im_end|>': 151645 }
    for (const [token, id] of Object.entries(known)) expect(idOf(token)).toBe(id)
  })
})
