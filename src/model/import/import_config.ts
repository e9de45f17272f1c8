/** Reads a hub `config.json` as a ModelConfig. Fields and defaults are those of Hugging Face transformers. */

import type { ModelConfig } from './config'
import {
  type Fields,
  malformedConfig,
  positiveInteger,
  positiveNumber,
  unsupportedConfig,
} from './import_fields'
import { readRope } from './import_rope'

const ARCHITECTURES: Readonly<Record<string, ModelConfig['modelType']>> = {
  LlamaForCausalLM: 'llama',
  Qwen2ForCausalLM: 'qwen2',
  Qwen3ForCausalLM: 'qwen3',
}

/**
 * transformers' defaults for missing fields, where the families differ. A field that is null has Llama's
 * default.
 */
const LEFT_OUT: Readonly<Record<ModelConfig['modelType'], Fields>> = {
  llama: {},
  qwen2: { num_key_value_heads: 32, max_window_layers: 28 },
  qwen3: { num_key_value_heads: 32, max_window_layers: 28, head_dim: 128 },
}

/**
 * Features that a config can request and this engine lacks: each field with its accepted values. A missing
 * field is fine.
 */
const WITHOUT: readonly (readonly [field: string, accepted: unknown, sameAs?: unknown])[] = [
  ['hidden_act', 'silu', 'swish'],
  ['attention_bias', false],
  ['mlp_bias', false],
  ['rope_interleaved', false],
  ['partial_rotary_factor', 1],
]

/**
 * Reads a config.
 * @param what the file's name, for errors
 * @throws ColloquyError 'model-architecture' for a model that this engine does not implement, 'model-file'
 * where a field is missing or invalid.
 */
export function readModelConfig(stated: Fields, what: string): ModelConfig {
  const modelType = architectureOf(stated, what)
  const fields = { ...LEFT_OUT[modelType], ...stated }
  for (const [field, accepted, sameAs] of WITHOUT) {
    const value = fields[field] ?? accepted
    // Qwen2 has biases on q, k and v only, whatever its config says.
    if (value !== accepted && value !== sameAs && !(field === 'attention_bias' && modelType === 'qwen2'))
      throw unsupportedConfig(`${what}, ${field}`, JSON.stringify(value), JSON.stringify(accepted))
  }
  requireFullAttention(fields, what)
  const number = (field: string, fallback?: number) => positiveNumber(fields, field, what, fallback)
  const integer = (field: string, fallback?: number) => positiveInteger(fields, field, what, fallback)
  const hiddenSize = integer('hidden_size')
  const heads = integer('num_attention_heads')
  const kvHeads = integer('num_key_value_heads', heads)
  const headDim = integer('head_dim', hiddenSize / heads)
  if (heads % kvHeads !== 0)
    throw malformedConfig(
      `${what}, num_key_value_heads`,
      `${kvHeads}`,
      `a divisor of the ${heads} attention heads`,
    )
  if (headDim % 2 !== 0)
    throw malformedConfig(`${what}, head_dim`, `${headDim}`, 'an even width, whose halves are rotated')
  return {
    modelType,
    vocabSize: integer('vocab_size'),
    hiddenSize,
    intermediateSize: integer('intermediate_size'),
    layers: integer('num_hidden_layers'),
    heads,
    kvHeads,
    headDim,
    rmsNormEpsilon: number('rms_norm_eps', 1e-6),
    ...readRope(fields, what),
    maxPositions: integer('max_position_embeddings'),
    tiedEmbeddings: fields.tie_word_embeddings === true,
    qkvBias: modelType === 'qwen2',
    qkNorm: modelType === 'qwen3',
  }
}

/**
 * Requires full attention in every layer. `layer_types` overrides the fields of older Qwen2 and Qwen3
 * configs.
 */
function requireFullAttention(fields: Fields, what: string): void {
  const { layer_types, use_sliding_window, sliding_window, max_window_layers, num_hidden_layers } = fields
  const found = Array.isArray(layer_types)
    ? !layer_types.every((type) => type === 'full_attention') && { layer_types }
    : use_sliding_window === true &&
      sliding_window !== null &&
      Number(num_hidden_layers) > Number(max_window_layers) && { use_sliding_window, max_window_layers }
  if (found !== false)
    throw unsupportedConfig(
      `${what}, ${Object.keys(found).join(' and ')}`,
      Object.values(found)
        .map((value) => JSON.stringify(value))
        .join(' and '),
      'full attention in every layer',
    )
}

/**
 * Returns the model type. A config without `architectures` is identified by `model_type`, as in transformers'
 * AutoModelForCausalLM.
 */
function architectureOf(fields: Fields, what: string): ModelConfig['modelType'] {
  const listed = Array.isArray(fields.architectures) ? fields.architectures : []
  const supported = listed.find((name) => typeof name === 'string' && Object.hasOwn(ARCHITECTURES, name))
  if (supported !== undefined) return ARCHITECTURES[supported]
  const family = Object.values(ARCHITECTURES).find((type) => type === fields.model_type)
  if (listed.length === 0 && family !== undefined) return family
  const found = listed.length > 0 ? listed.join(', ') : `no architectures, model_type ${fields.model_type}`
  throw unsupportedConfig(`${what}, architectures`, found, `one of ${Object.keys(ARCHITECTURES).join(', ')}`)
}
