import { describe, expect, it } from 'vitest'
import { loadBase } from '../../src/model/base'
import { linearShape, type ModelConfig } from '../../src/model/import/config'
import { writeSafetensors } from '../../src/model/import/safetensors'
import { initialLora } from '../../src/model/train/lora'
import { peftAdapter, torchModelOf } from '../../src/model/train/peft'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { deriveKey, seedKey } from '../../src/random'
import PEFT_KEYS from '../data/peft_keys.json'
import {
  REFERENCE_LINEARS,
  type ReferenceModel,
  referenceLogits,
  referenceLogprobs,
} from '../reference/decoder'
import { randomWeights, referenceModel, smallConfig } from '../reference/small_model'

interface ReadTensor {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/**
 * A reader written from the format's description: 8 bytes of length, JSON, and the data. Every byte belongs
 * to one tensor.
 */
function readSafetensors(file: Uint8Array): { tensors: Map<string, ReadTensor>; metadata: unknown } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const length = Number(view.getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))
  const tensors = new Map<string, ReadTensor>()
  const taken: [number, number][] = []
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const { dtype, shape, data_offsets } = entry as {
      dtype: string
      shape: number[]
      data_offsets: [number, number]
    }
    const [begin, end] = data_offsets
    expect(dtype).toBe('F32')
    expect(end - begin).toBe(4 * shape.reduce((size, n) => size * n, 1))
    taken.push([begin, end])
    const data = Float64Array.from({ length: (end - begin) / 4 }, (_, i) =>
      view.getFloat32(8 + length + begin + 4 * i, true),
    )
    tensors.set(name, { shape, data })
  }
  let at = 0
  for (const [begin, end] of taken.sort(([a], [b]) => a - b)) {
    expect(begin).toBe(at)
    at = end
  }
  expect(8 + length + at).toBe(file.length)
  expect((8 + length) % 8).toBe(0)
  return { tensors, metadata: header.__metadata__ }
}

const PLACES = {
  q: 'self_attn.q_proj',
  k: 'self_attn.k_proj',
  v: 'self_attn.v_proj',
  o: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
} as const

/** Granite 4.0's module of gate and up, and the first row of each in it. */
const STACKED = 'shared_mlp.input_linear'
const GRANITE4 = { ...PLACES, gate: STACKED, up: STACKED, down: 'shared_mlp.output_linear' }

interface Written {
  readonly r: number
  readonly lora_alpha: number
  readonly rank_pattern?: Readonly<Record<string, number>>
  readonly alpha_pattern?: Readonly<Record<string, number>>
}

/** Returns W + (lora_alpha / r) lora_B lora_A, in f64, as PEFT merges. */
function merged(
  config: ModelConfig,
  base: ReferenceModel,
  tensors: ReadonlyMap<string, ReadTensor>,
  { r: rank, lora_alpha, rank_pattern = {}, alpha_pattern = {} }: Written,
): ReferenceModel {
  const places = config.modelType === 'granitemoehybrid' ? GRANITE4 : PLACES
  const layers = base.layers.map((layer, i) => {
    const linears = { ...layer.linears }
    for (const which of REFERENCE_LINEARS) {
      const { in: width, out } = linearShape(config, which)
      const place = places[which]
      const name = `base_model.model.model.layers.${i}.${place}`
      const [r, alpha] = [rank_pattern[place] ?? rank, alpha_pattern[place] ?? lora_alpha]
      const first = place === STACKED && which === 'up' ? out : 0
      const a = tensors.get(`${name}.lora_A.weight`)
      const b = tensors.get(`${name}.lora_B.weight`)
      if (!a || !b) throw new Error(`no ${name}`)
      expect(a.shape).toEqual([r, width])
      expect(b.shape).toEqual([place === STACKED ? 2 * out : out, r])
      const weight = Float64Array.from(linears[which].weight)
      for (let o = 0; o < out; o++)
        for (let x = 0; x < width; x++)
          for (let k = 0; k < r; k++)
            weight[o * width + x] += (alpha / r) * b.data[(first + o) * r + k] * a.data[k * width + x]
      linears[which] = { ...linears[which], weight, lora: undefined }
    }
    return { ...layer, linears }
  })
  return { ...base, layers }
}

describe.each(['llama', 'qwen2', 'qwen3', 'gemma3_text', 'smollm3', 'granitemoehybrid', 'olmo2'] as const)(
  'the adapter of a %s peer',
  (family) => {
    it('merged as in PEFT gives the engine’s results', async () => {
      const config = smallConfig(family)
      const weights = randomWeights(config, 9)
      const lora = { rank: 3, alpha: 5 }
      const folder = { config, weights, tokenizerJson: {}, tokenizerConfig: {}, stopIds: [4] }
      const made = { source: 'x', backend: 'wasm', loraRank: 3, loraAlpha: 5, threads: 1 } as const
      const engine = await (await loadBase(modelInArrays(folder), made)).engine({ id: 'a', seed: 1 })
      const state = await engine.state()
      for (const layer of state.parameters)
        layer.forEach((value, i) => {
          if (value === 0) layer[i] = 0.2 * Math.cos(i)
        })
      await engine.restore(state)
      const { config: written, weights: file } = peftAdapter(config, lora, state.parameters, 'a/b')
      const { tensors, metadata } = readSafetensors(file)
      expect(tensors.size).toBe(2 * (family === 'granitemoehybrid' ? 6 : 7) * config.layers)
      expect(metadata).toEqual({ format: 'pt' })
      const base = referenceModel(config, weights)
      const model = merged(config, base, tensors, written as unknown as Written)
      const rows = [3, 8, 1].map((id, i) => ({ promptIds: [id, 7, 2 * id], key: deriveKey(seedKey(2), i) }))
      const decoded = await engine.policy.generate(rows, { temperature: 1, maxNewTokens: 6, stops: [] })
      let moved = 0
      decoded.forEach(({ ids, logprobs }, row) => {
        const all = [...rows[row].promptIds, ...ids]
        const scores = (of: ReferenceModel) => referenceLogits(of, all).map(referenceLogprobs)
        const [own, without] = [scores(model), scores(base)]
        ids.forEach((id, t) => {
          expect(logprobs[t]).toBeCloseTo(own[t + 2][id], 4)
          moved = Math.max(moved, Math.abs(own[t + 2][id] - without[t + 2][id]))
        })
      })
      expect(moved).toBeGreaterThan(0.1)

      // Returns all logits after a prompt, up to a constant: the logprob of every token, from many draws.
      const draws = Array.from({ length: 400 }, (_, i) => ({
        promptIds: [5, 7],
        key: deriveKey(seedKey(3), i),
      }))
      const drawn = await engine.policy.generate(draws, { temperature: 1, maxNewTokens: 1, stops: [] })
      const found = new Map(drawn.map(({ ids, logprobs }) => [ids[0], logprobs[0]]))
      expect(found.size).toBeGreaterThan(config.vocabSize / 2)
      const logits = referenceLogits(model, [5, 7])[1]
      const [[some, logprob]] = found
      for (const [id, value] of found)
        expect(Math.abs(value - logprob - (logits[id] - logits[some]))).toBeLessThan(1e-4)
      await engine.close()
    }, 90_000)
  },
)

describe('the names and shapes of tensors', () => {
  /**
   * Written out from PEFT's rule: `base_model.model.`, the module's path in transformers, lora_A (r, in) or
   * lora_B (out, r).
   */
  const CASES = [
    ['llama', {}, { rank: 3, alpha: 5 }],
    [
      'qwen2',
      { layers: 1, hiddenSize: 8, intermediateSize: 28, heads: 2, kvHeads: 1 },
      { rank: 2, alpha: 2 },
    ],
  ] as const
  it.each(CASES)('of %s are exactly those of PEFT', (family, changes, lora) => {
    const config = smallConfig(family, changes)
    const parameters = initialLora(config, lora.rank, seedKey(1))
    const { config: written, weights } = peftAdapter(config, lora, parameters, 'a/b')
    const { tensors } = readSafetensors(weights)
    const shapes = Object.fromEntries(Array.from(tensors, ([name, { shape }]) => [name, shape]))
    expect(shapes).toEqual(PEFT_KEYS[family])
    expect(written).toMatchObject({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: 'a/b',
      r: lora.rank,
      lora_alpha: lora.alpha,
      use_rslora: false,
      bias: 'none',
      target_modules: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
    })
  })
})

describe('a safetensors file', () => {
  it('refuses tensors that it could not read', () => {
    const data = new Float32Array(6)
    expect(() => writeSafetensors([{ name: 'a', shape: [2, 2], data }])).toThrow('6 values, not 2 x 2')
    const twice = { name: 'a', shape: [6], data }
    expect(() => writeSafetensors([twice, twice])).toThrow('two tensors a')
  })

  it('keeps order, shapes and values, also of views', () => {
    const all = Float32Array.from({ length: 9 }, (_, i) => i / 3)
    const { tensors } = readSafetensors(
      writeSafetensors([
        { name: 'z', shape: [2, 2], data: all.subarray(5) },
        { name: 'ä', shape: [1], data: all.subarray(1, 2) },
        { name: 'none', shape: [0], data: all.subarray(0, 0) },
      ]),
    )
    expect([...tensors.keys()]).toEqual(['z', 'ä', 'none'])
    expect([...(tensors.get('z')?.data ?? [])]).toEqual([...all.subarray(5)])
  })
})

it.each([
  ['hub:onnx-community/Qwen2.5-0.5B-Instruct', 'Qwen/Qwen2.5-0.5B-Instruct'],
  ['hub:onnx-community/Qwen3-0.6B-ONNX@main', 'Qwen/Qwen3-0.6B'],
  ['hub:onnx-community/gemma-3-270m-it-ONNX', 'google/gemma-3-270m-it'],
  ['hub:onnx-community/granite-4.0-350m-ONNX', 'ibm-granite/granite-4.0-350m'],
  ['hub:onnx-community/OLMo-2-0425-1B-Instruct-ONNX', 'allenai/OLMo-2-0425-1B-Instruct'],
  ['hub:HuggingFaceTB/SmolLM3-3B-ONNX', 'HuggingFaceTB/SmolLM3-3B-ONNX'],
  ['hub:onnx-community/phi-4', 'onnx-community/phi-4'],
  ['hub:HuggingFaceTB/SmolLM2-135M-Instruct', 'HuggingFaceTB/SmolLM2-135M-Instruct'],
  ['models/ada', 'models/ada'],
])('the PyTorch model of %s is %s', (source, id) => {
  expect(torchModelOf(source)).toBe(id)
})
