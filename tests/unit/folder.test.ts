import * as ort from 'onnxruntime-web/wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { exportOnnx } from '../../src/model/graphs/export'
import type { ModelConfig } from '../../src/model/import/config'
import { loadModelFolder, openModelFolder } from '../../src/model/import/folder'
import type { ReadFile } from '../../src/model/import/folder_files'
import { CollectedWeights } from '../../src/model/weights/collected_weights'
import { quantizeBlocks } from '../../src/model/weights/quantize'
import type { ModelWeights } from '../../src/model/weights/weight_source'
import { referenceLogits } from '../reference/decoder'
import { hubConfig } from '../reference/hub_file'
import { randomWeights, referenceModel, smallConfig } from '../reference/small_model'

beforeAll(() => {
  ort.env.wasm.numThreads = 1
})

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
    if (content === undefined) return null
    if (content instanceof Uint8Array) return content
    return new TextEncoder().encode(text(content))
  }
}

function text(content: object | string): string {
  return typeof content === 'string' ? content : JSON.stringify(content)
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

  test('an exported folder is loaded bit for bit', async () => {
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
  await loadModelFolder(reader(folderOf(config, randomWeights(config, 1))), 'x', {
    onProgress: (file, read, files) => seen.push(`${read}/${files} ${file}`),
  })
  expect(seen).toEqual([
    '0/5 config.json',
    '1/5 generation_config.json',
    '2/5 tokenizer.json',
    '3/5 tokenizer_config.json',
    '4/5 chat_template.jinja',
    '4/5 onnx/model_q4.onnx',
    '5/5 onnx/model_q4.onnx',
  ])
})

test('config.json may state more positions than a row is given', async () => {
  const config = smallConfig('llama')
  const files = folderOf(config, randomWeights(config, 1), {
    'config.json': { ...hubConfig(config), max_position_embeddings: 131072 },
  })
  expect((await load(files)).config.maxPositions).toBe(4096)
  expect((await loadModelFolder(reader(files), 'x', { maxPositions: 200 })).config.maxPositions).toBe(200)
})

test('reads a template beside the tokenizer', async () => {
  const config = smallConfig('llama')
  const files = folderOf(config, randomWeights(config, 1))
  expect((await load(files)).chatTemplate).toBeUndefined()
  expect((await load({ ...files, 'chat_template.jinja': '{{ messages }}' })).chatTemplate).toBe(
    '{{ messages }}',
  )
})

test.each(['chat_template.jinja', 'generation_config.json', 'onnx/model_quantized.onnx'])(
  'an unreadable file is not taken for a missing one: %s',
  async (unreadable) => {
    const config = smallConfig('llama')
    const files = folderOf(config, randomWeights(config, 1), {
      'config.json': { ...hubConfig(config), eos_token_id: 4 },
      'onnx/model_int8.onnx': exportOnnx(config, randomWeights(config, 2)),
    })
    const read: ReadFile = async (path) => {
      if (path === unreadable)
        throw new ColloquyError({ code: 'model-file', what: path, found: 'HTTP 500', wanted: '', todo: '' })
      return reader(files)(path)
    }
    await expect(loadModelFolder(read, 'models/x', { dtype: 'q8' })).rejects.toThrow('HTTP 500')
  },
)

describe('a fingerprint', () => {
  const config = smallConfig('llama')
  const whole = folderOf(config, randomWeights(config, 1), { 'chat_template.jinja': '{{ messages }}' })
  const printOf = async (files: Files) => {
    const folder = await openModelFolder(reader(files), 'models/x')
    await folder.deliver(new CollectedWeights(folder.config))
    return folder.fingerprint()
  }

  test('is the same for the same files, also when read again', async () => {
    const folder = await openModelFolder(reader(whole), 'elsewhere')
    for (let i = 0; i < 2; i++) await folder.deliver(new CollectedWeights(folder.config))
    expect(folder.fingerprint()).toBe(await printOf(whole))
    expect(await printOf({ ...whole, 'README.md': 'never read' })).toBe(folder.fingerprint())
  })

  test('differs where any file differs or is missing', async () => {
    const prints = [await printOf(whole)]
    for (const [path, content] of Object.entries(whole)) {
      // A space after JSON, or a byte after the last field, changes no value.
      const changed = content instanceof Uint8Array ? Uint8Array.of(...content, 0x42, 0) : `${text(content)} `
      prints.push(await printOf({ ...whole, [path]: changed }))
    }
    const { 'chat_template.jinja': _, ...without } = whole
    prints.push(await printOf(without))
    expect(new Set(prints).size).toBe(Object.keys(whole).length + 2)
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
    await expect(load(files)).rejects.toMatchObject({
      code: 'model-file',
      detail: { what: `models/x/${path}`, found: 'no such file' },
    })
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
    [
      'more layers',
      { layers: 3 },
      /weight 2\.q: found no product named after it, wanted one of MatMul, MatMulNBits, MatMulInteger/,
    ],
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

  test('the head is the one in the file, whatever config.json ties', async () => {
    const tied = smallConfig('llama')
    const files = folderOf(tied, randomWeights(tied, 1), {
      'config.json': { ...hubConfig(tied), tie_word_embeddings: false },
    })
    const folder = await load(files)
    expect(folder.config.tiedEmbeddings).toBe(true)
    expect(folder.weights.head).toBe(folder.weights.embedding)
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
