import * as ort from 'onnxruntime-web/wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { ColloquyError } from '../../src/errors'
import type { ModelConfig } from '../../src/model/config'
import { exportOnnx } from '../../src/model/export'
import { loadModelFolder, type ReadFile } from '../../src/model/folder'
import { quantizeBlocks } from '../../src/model/quantize'
import type { ModelWeights } from '../../src/model/weights'
import { referenceLogits } from '../reference/decoder'
import { randomWeights, referenceModel, smallConfig } from '../reference/small_model'

beforeAll(() => {
  ort.env.wasm.numThreads = 1
})

const ARCHITECTURES = { llama: 'LlamaForCausalLM', qwen2: 'Qwen2ForCausalLM', qwen3: 'Qwen3ForCausalLM' }

/** `config.json` as the hub has it. */
function hubConfig(config: ModelConfig): Record<string, unknown> {
  return {
    architectures: [ARCHITECTURES[config.modelType]],
    model_type: config.modelType,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    hidden_act: 'silu',
    rms_norm_eps: config.rmsNormEpsilon,
    rope_theta: config.ropeTheta,
    rope_scaling: null,
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: config.tiedEmbeddings,
  }
}

type Files = Record<string, object | string | Uint8Array>

function folderOf(config: ModelConfig, weights: ModelWeights, changes: Files = {}): Files {
  return {
    'config.json': hubConfig(config),
    'generation_config.json': { eos_token_id: [2, 5] },
    'tokenizer.json': { version: '1.0' },
    'tokenizer_config.json': { tokenizer_class: 'PreTrainedTokenizerFast' },
    'onnx/model_q4.onnx': exportOnnx(config, weights),
    ...changes,
  }
}

function reader(files: Files): ReadFile {
  return async (path) => {
    const content = files[path]
    if (content === undefined) {
      const todo = 'Put it there'
      throw new ColloquyError({
        code: 'model-file',
        what: `x/${path}`,
        found: 'no file',
        wanted: 'one',
        todo,
      })
    }
    if (content instanceof Uint8Array) return content
    return new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content))
  }
}

const load = (files: Files) => loadModelFolder(reader(files), 'models/x')

const VARIANTS: readonly (readonly [string, ModelConfig, 4 | 8 | 32])[] = [
  ['llama, f32, tied', smallConfig('llama'), 32],
  ['llama, 4 bits, own head', smallConfig('llama', { tiedEmbeddings: false }), 4],
  ['qwen2, 4 bits, biases', smallConfig('qwen2'), 4],
  ['qwen3, 8 bits, q and k norms', smallConfig('qwen3', { headDim: 6, kvHeads: 4 }), 8],
  ['qwen3, 4 bits, one key head', smallConfig('qwen3', { kvHeads: 1, hiddenSize: 40 }), 4],
]

describe.each(VARIANTS)('%s', (_, config, bits) => {
  const weights = randomWeights(config, 3, bits)

  test('what is exported is loaded, to the bit', async () => {
    const folder = await load(folderOf(config, weights))
    expect(folder.config).toEqual(config)
    expect(folder.weights).toEqual(weights)
    expect(folder.stopIds).toEqual([2, 5])
    expect(folder.tokenizerJson).toEqual({ version: '1.0' })
    expect(folder.tokenizerConfig).toEqual({ tokenizer_class: 'PreTrainedTokenizerFast' })
    expect(folder.weights.head === folder.weights.embedding).toBe(config.tiedEmbeddings)
  })

  test('the exported graph gives the logits of the reference decoder, padding on the left', async () => {
    const rows = [
      [3, 7, 1, 18, 4],
      [9, 2, 2],
    ]
    const session = await ort.InferenceSession.create(exportOnnx(config, weights))
    const length = 5
    const pad = rows.map((ids) => length - ids.length)
    const big = (values: number[]) => new ort.Tensor('int64', values.map(BigInt), [rows.length, length])
    const empty = () => new ort.Tensor('float32', [], [rows.length, config.kvHeads, 0, config.headDim])
    const feeds: Record<string, ort.Tensor> = {
      input_ids: big(rows.flatMap((ids, r) => [...Array(pad[r]).fill(0), ...ids])),
      attention_mask: big(rows.flatMap((ids, r) => [...Array(pad[r]).fill(0), ...ids.map(() => 1)])),
      position_ids: big(rows.flatMap((ids, r) => [...Array(pad[r]).fill(1), ...ids.keys()])),
    }
    for (let i = 0; i < config.layers; i++) {
      feeds[`past_key_values.${i}.key`] = empty()
      feeds[`past_key_values.${i}.value`] = empty()
    }
    const { logits } = await session.run(feeds)
    await session.release()
    const reference = referenceModel(config, weights)
    rows.forEach((ids, r) => {
      referenceLogits(reference, ids).forEach((wanted, s) => {
        const at = (r * length + pad[r] + s) * config.vocabSize
        const found = [...(logits.data as Float32Array).subarray(at, at + config.vocabSize)]
        expect(Math.max(...found.map((value, v) => Math.abs(value - wanted[v])))).toBeLessThan(1e-4)
      })
    })
  })
})

test('progress names each file before it is read and ends with all of them', async () => {
  const seen: string[] = []
  const config = smallConfig('llama')
  await loadModelFolder(reader(folderOf(config, randomWeights(config, 1))), 'x', (file, read, files) =>
    seen.push(`${read}/${files} ${file}`),
  )
  expect(seen).toEqual([
    '0/5 config.json',
    '1/5 generation_config.json',
    '2/5 tokenizer.json',
    '3/5 tokenizer_config.json',
    '4/5 onnx/model_q4.onnx',
    '5/5 onnx/model_q4.onnx',
  ])
})

describe('config.json', () => {
  const config = smallConfig('llama')
  const weights = randomWeights(config, 1)
  const withConfig = (changes: object) =>
    load(folderOf(config, weights, { 'config.json': { ...hubConfig(config), ...changes } }))

  test('may leave out what transformers has defaults for', async () => {
    const { head_dim, ...short } = hubConfig(smallConfig('llama', { hiddenSize: 16 }))
    delete short.num_key_value_heads
    delete short.rms_norm_eps
    delete short.rope_theta
    delete short.tie_word_embeddings
    const wide = smallConfig('llama', {
      hiddenSize: 16,
      kvHeads: 4,
      rmsNormEpsilon: 1e-6,
      ropeTheta: 10000,
      tiedEmbeddings: false,
    })
    const files = folderOf(wide, randomWeights(wide, 1), { 'config.json': { ...short, head_dim: null } })
    expect(head_dim).toBe(4)
    expect((await load(files)).config).toEqual(wide)
  })

  test('may hold the rotary base in rope_parameters', async () => {
    const { rope_theta, rope_scaling, ...rest } = hubConfig(config)
    const rope_parameters = { rope_theta: 7000, rope_type: 'default' }
    expect(rope_theta).toBe(500)
    expect(rope_scaling).toBeNull()
    const files = folderOf(config, weights, { 'config.json': { ...rest, rope_parameters } })
    expect((await load(files)).config.ropeTheta).toBe(7000)
  })

  test.each([
    [{ architectures: ['GPT2LMHeadModel'] }, /GPT2LMHeadModel, wanted one of LlamaForCausalLM, Qwen2/],
    [{ architectures: undefined }, /no architectures, model_type llama/],
    [{ rope_scaling: { rope_type: 'llama3', factor: 8 } }, /rope_scaling: found \{"rope_type":"llama3"/],
    [{ hidden_act: 'gelu' }, /hidden_act: found "gelu", wanted "silu"/],
    [{ attention_bias: true }, /attention_bias: found true, wanted false/],
  ])('of another architecture is refused: %o', async (changes, message) => {
    const error = await withConfig(changes).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ColloquyError)
    expect(error).toMatchObject({ code: 'model-architecture', message: expect.stringMatching(message) })
  })

  test.each([
    [{ hidden_size: undefined }, /hidden_size: found nothing, wanted a number above 0/],
    [{ num_hidden_layers: -2 }, /num_hidden_layers: found -2/],
    [{ vocab_size: 19.5 }, /vocab_size: found 19.5, wanted a whole number/],
    [{ num_key_value_heads: 3 }, /num_key_value_heads: found 3, wanted a divisor of the 4/],
    [{ head_dim: 5 }, /head_dim: found 5, wanted an even width/],
  ])('that makes no sense is refused: %o', async (changes, message) => {
    const error = await withConfig(changes).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'model-file', message: expect.stringMatching(message) })
  })
})

describe('a folder that does not fit', () => {
  const config = smallConfig('qwen2', { tiedEmbeddings: false })
  const weights = randomWeights(config, 1, 4)
  const failure = async (changes: Files) => load(folderOf(config, weights, changes)).catch((e: unknown) => e)

  test.each([
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'generation_config.json',
    'onnx/model_q4.onnx',
  ])('without %s is refused', async (path) => {
    const files = folderOf(config, weights)
    delete files[path]
    await expect(load(files)).rejects.toMatchObject({ code: 'model-file', detail: { what: `x/${path}` } })
  })

  test('stop ids come from config.json where there is no generation_config.json', async () => {
    const files = folderOf(config, weights, { 'config.json': { ...hubConfig(config), eos_token_id: 4 } })
    delete files['generation_config.json']
    expect((await load(files)).stopIds).toEqual([4])
  })

  test.each<[string, Files, RegExp]>([
    [
      'JSON cut short',
      { 'tokenizer.json': '{"version": ' },
      /models\/x\/tokenizer.json: found 12 characters that/,
    ],
    [
      'a JSON list',
      { 'tokenizer_config.json': '[1]' },
      /tokenizer_config.json: found JSON that starts "\[1\]"/,
    ],
    ['no stop id', { 'generation_config.json': {} }, /eos_token_id: found nothing, wanted a token id/],
    [
      'a stop word',
      { 'generation_config.json': { eos_token_id: ['</s>'] } },
      /eos_token_id: found \["<\/s>"\]/,
    ],
    ['a web page', { 'onnx/model_q4.onnx': '<!doctype html>' }, /models\/x\/onnx\/model_q4.onnx: found/],
  ])('is refused: %s', async (_, changes, message) => {
    expect(await failure(changes)).toMatchObject({
      code: 'model-file',
      message: expect.stringMatching(message),
    })
  })

  test.each<[string, Partial<ModelConfig>, RegExp]>([
    ['more layers', { layers: 3 }, /weight 2\.q: found no MatMul or MatMulNBits node/],
    [
      'another width',
      { hiddenSize: 16 },
      /model\.embed_tokens\.weight": found f32 \(19, 12\), wanted f32 or f16 \(19, 16\)/,
    ],
    ['another MLP', { intermediateSize: 24 }, /gate_proj\.weight_Q4": found \(20, 12\), wanted \(24, 12\)/],
    [
      'q and k norms',
      { modelType: 'qwen3' },
      /model\.layers\.0\.self_attn\.q_norm\.weight": found none in the file/,
    ],
  ])('is refused where config.json speaks of %s', async (_, changes, message) => {
    const error = await failure({ 'config.json': hubConfig({ ...config, ...changes }) })
    expect(error).toMatchObject({ code: 'model-file', message: expect.stringMatching(message) })
  })

  test('an own head is wanted where config.json ties nothing', async () => {
    const tied = smallConfig('llama')
    const files = folderOf(tied, randomWeights(tied, 1), {
      'config.json': { ...hubConfig(tied), tie_word_embeddings: false },
    })
    await expect(load(files)).rejects.toMatchObject({ code: 'model-file' })
  })
})

test('quantized weights keep their blocks', async () => {
  const config = smallConfig('llama')
  const weights = randomWeights(config, 5)
  const q = weights.layers[0].linears.q
  if (q.kind !== 'f32') throw new Error('dense weights were asked for')
  const mixed = {
    ...weights,
    layers: weights.layers.map((layer) => ({
      ...layer,
      linears: { ...layer.linears, q: quantizeBlocks(q, 8) },
    })),
  }
  expect((await load(folderOf(config, mixed))).weights.layers[1].linears.q).toEqual(quantizeBlocks(q, 8))
})
