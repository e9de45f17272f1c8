import { describe, expect, test } from 'vitest'
import { ColloquyError } from '../../src/errors'
import type { ModelType } from '../../src/model/import/config'
import { readModelConfig } from '../../src/model/import/import_config'
import { hubConfig } from '../reference/hub_file'
import { smallConfig } from '../reference/small_model'

const read = (fields: Record<string, unknown>) => readModelConfig(fields, 'x/config.json')

describe('config.json', () => {
  const config = smallConfig('llama')
  const withConfig = (changes: object) => read({ ...hubConfig(config), ...changes })

  const failure = (changes: object): unknown => {
    try {
      return withConfig(changes)
    } catch (error) {
      return error
    }
  }

  test('may omit fields with a default in transformers', () => {
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
    expect(head_dim).toBe(4)
    expect(read({ ...short, head_dim: null })).toEqual(wide)
  })

  test('may hold the rotary base in rope_parameters', () => {
    const { rope_theta, rope_scaling, ...rest } = hubConfig(config)
    const rope_parameters = { rope_theta: 7000, rope_type: 'default' }
    expect(rope_theta).toBe(500)
    expect(rope_scaling).toBeNull()
    expect(read({ ...rest, rope_parameters }).ropeTheta).toBe(7000)
  })

  test.each<[string, Record<string, unknown>]>([
    ['swish for silu', { hidden_act: 'swish' }],
    ['no architectures beside a model type', { architectures: undefined, model_type: 'llama' }],
    ['architectures that are null', { architectures: null, model_type: 'llama' }],
    ['heads and biases that are null', { attention_bias: null, mlp_bias: null, layer_types: null }],
    ['a scaling of the older spelling that is none', { rope_scaling: { type: 'default' } }],
    ['a linear scaling by 1', { rope_scaling: { type: 'linear', factor: 1 } }],
    ['the same by its newer name', { rope_scaling: { rope_type: 'linear', factor: 1.0 } }],
    ['dtype by its newer name', { torch_dtype: undefined, dtype: 'bfloat16' }],
    ['several tokens that end a text', { eos_token_id: [2, 5] }],
    ['a sliding window, which Llama has none of', { use_sliding_window: true, sliding_window: 4096 }],
  ])('may spell the same in another way: %s', (_, changes) => {
    expect(withConfig(changes)).toEqual(config)
  })

  test.each([
    ['a window that is null', { use_sliding_window: true, sliding_window: null }],
    [
      'a window above the last layer',
      { use_sliding_window: true, sliding_window: 64, max_window_layers: 28 },
    ],
    ['a window that its layers do not use', { use_sliding_window: true, layer_types: ['full_attention'] }],
  ])('of Qwen may speak of a sliding window that no layer has: %s', (_, changes) => {
    const qwen = smallConfig('qwen2')
    expect(read({ ...hubConfig(qwen), ...changes })).toEqual(qwen)
  })

  test.each([
    [
      { use_sliding_window: true, max_window_layers: 1 },
      /use_sliding_window and max_window_layers: found true and 1/,
    ],
    [
      { use_sliding_window: true, num_hidden_layers: 40 },
      /max_window_layers: found true and 28, wanted full att/,
    ],
  ])('of Qwen is refused where layers have a sliding window: %o', (changes, message) => {
    const error = () => read({ ...hubConfig(smallConfig('qwen2')), ...changes })
    expect(error).toThrow(message)
  })

  test('without heads has the defaults of its family; null means the derived number and width', () => {
    const { head_dim, num_key_value_heads, ...short } = hubConfig(
      smallConfig('qwen3', { heads: 64, hiddenSize: 512 }),
    )
    expect([head_dim, num_key_value_heads]).not.toContain(undefined)
    expect(read(short)).toMatchObject({ headDim: 128, kvHeads: 32 })
    expect(read({ ...short, head_dim: null, num_key_value_heads: null })).toMatchObject({
      headDim: 8,
      kvHeads: 64,
    })
  })

  const llama3 = {
    rope_type: 'llama3',
    factor: 32,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  }
  const ropeScaling = { factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 8192 }

  test.each([
    ['rope_scaling', { rope_theta: 9000, rope_scaling: llama3 }],
    [
      'rope_scaling as older',
      { rope_theta: 9000, rope_scaling: { ...llama3, rope_type: undefined, type: 'llama3' } },
    ],
    ['rope_parameters', { rope_theta: undefined, rope_parameters: { ...llama3, rope_theta: 9000 } }],
  ])('may stretch positions as Llama 3 does, in %s', (_, changes) => {
    expect(withConfig(changes)).toEqual({ ...config, ropeTheta: 9000, ropeScaling })
  })

  test.each([
    [{ architectures: ['GPT2LMHeadModel'] }, /GPT2LMHeadModel, wanted one of LlamaForCausalLM, Qwen2/],
    [{ architectures: undefined, model_type: 'gpt2' }, /no architectures, model_type gpt2/],
    [
      { rope_scaling: { type: 'dynamic', factor: 8 } },
      /rope_scaling: found .*dynamic.*, wanted .* default, llama3/,
    ],
    [
      { rope_parameters: { rope_type: 'yarn', factor: 4 } },
      /rope_parameters: found .*yarn.* default, llama3/,
    ],
    [{ rope_scaling: { rope_type: 'linear', factor: 2 } }, /rope_scaling: found .*linear.* default, llama3/],
    [{ rope_interleaved: true }, /rope_interleaved: found true, wanted false/],
    [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor: found 0.5, wanted 1/],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, /layer_types: found .*sliding/],
    [{ hidden_act: 'gelu' }, /hidden_act: found "gelu", wanted "silu"/],
    [{ attention_bias: true }, /attention_bias: found true, wanted false/],
  ])('of another architecture is refused: %o', (changes, message) => {
    const error = failure(changes)
    expect(error).toBeInstanceOf(ColloquyError)
    expect(error).toMatchObject({ code: 'model-architecture', message: expect.stringMatching(message) })
  })

  test.each([
    [{ architectures: ['Lfm2ForCausalLM'] }, /found Lfm2ForCausalLM: LFM2 mixes tokens by convolutions/],
    [{ architectures: ['Qwen3_5ForConditionalGeneration'] }, /Generation: Qwen3\.5 has linear attention/],
    [{ architectures: ['FalconH1ForCausalLM'] }, /this model has state-space layers, wanted one of Llama/],
    [{ architectures: ['MambaForCausalLM'] }, /this model has state-space layers/],
    [{ architectures: ['Gemma3ForConditionalGeneration'] }, /this Gemma 3 reads images; the 270M and 1B/],
    [{ architectures: ['OlmoeForCausalLM'], model_type: 'olmoe' }, /this model is a mixture of experts/],
  ])('of a family that needs more is refused by its name: %o', (changes, message) => {
    expect(failure(changes)).toMatchObject({
      code: 'model-architecture',
      message: expect.stringMatching(message),
    })
  })

  test.each([
    [{ hidden_size: undefined }, /hidden_size: found nothing, wanted a number above 0/],
    [{ num_hidden_layers: -2 }, /num_hidden_layers: found -2/],
    [{ vocab_size: 19.5 }, /vocab_size: found 19.5, wanted a whole number/],
    [{ num_key_value_heads: 3 }, /num_key_value_heads: found 3, wanted a divisor of the 4/],
    [
      { rope_scaling: { ...llama3, low_freq_factor: undefined } },
      /rope_scaling, low_freq_factor: found nothing/,
    ],
    [
      { rope_scaling: { ...llama3, high_freq_factor: 1 } },
      /high_freq_factor: found 1, wanted more than low_freq_factor, 1/,
    ],
    [{ head_dim: 5 }, /head_dim: found 5, wanted an even width/],
  ])('that makes no sense is refused: %o', (changes, message) => {
    const error = failure(changes)
    expect(error).toMatchObject({ code: 'model-file', message: expect.stringMatching(message) })
  })
})

describe('a config.json of a later family', () => {
  const of = (type: ModelType, changes: object) => read({ ...hubConfig(smallConfig(type)), ...changes })

  test('of Gemma 3 has the defaults of its class', () => {
    const { head_dim, num_key_value_heads, rope_theta, tie_word_embeddings, ...short } = hubConfig(
      smallConfig('gemma3_text', { layers: 7 }),
    )
    expect([head_dim, num_key_value_heads, rope_theta, tie_word_embeddings]).not.toContain(undefined)
    for (const field of ['layer_types', 'sliding_window', 'rope_local_base_freq', 'query_pre_attn_scalar'])
      delete short[field]
    expect(read({ ...short, rope_scaling: null })).toMatchObject({
      headDim: 256,
      kvHeads: 4,
      ropeTheta: 1e6,
      tiedEmbeddings: true,
      factors: { embedding: 3.46, attention: 1 / 16 },
      attention: {
        kinds: ['local', 'local', 'local', 'local', 'local', 'full', 'local'],
        local: { window: 4096, ropeTheta: 10000 },
      },
    })
  })

  test('of Gemma 3 may hold both rotary bases in rope_parameters', () => {
    const { rope_theta: _, rope_local_base_freq: __, ...rest } = hubConfig(smallConfig('gemma3_text'))
    const rope_parameters = {
      full_attention: { rope_type: 'default', rope_theta: 7000 },
      sliding_attention: { rope_type: 'default', rope_theta: 70 },
    }
    const { ropeTheta, attention } = read({ ...rest, rope_parameters })
    expect([ropeTheta, attention?.local?.ropeTheta]).toEqual([7000, 70])
  })

  test('of SmolLM3 leaves rotary embedding out of every fourth layer', () => {
    const found = of('smollm3', { no_rope_layers: null, num_hidden_layers: 5 })
    expect(found.attention?.kinds).toEqual(['full', 'full', 'full', 'unrotated', 'full'])
  })

  test.each<[ModelType, object, RegExp]>([
    ['gemma3_text', { layer_types: ['full_attention'] }, /layer_types: .* for each of 2 layers/],
    ['gemma3_text', { final_logit_softcapping: 30 }, /final_logit_softcapping: found 30, wanted null/],
    ['gemma3_text', { hidden_activation: 'gelu' }, /hidden_activation: found "gelu", wanted "gelu_pytorch_/],
    ['smollm3', { no_rope_layers: [1] }, /no_rope_layers: found \[1\], wanted 0 or 1 for each of 2 layers/],
    ['granitemoehybrid', { layer_types: ['mamba', 'attention'] }, /found a hybrid of state-space layers/],
    ['granitemoehybrid', { num_local_experts: 64 }, /num_local_experts: found 64, wanted 0, as in Granite/],
    ['granitemoehybrid', { position_embedding_type: null }, /position_embedding_type: found null/],
    ['granite', { logits_scaling: 0 }, /logits_scaling: found 0, wanted a number above 0/],
  ])('of %s that the engine cannot follow is refused: %o', (type, changes, message) => {
    expect(() => of(type, changes)).toThrow(message)
  })
})
