/** A hub `config.json` as a ModelConfig. Fields and their defaults are those of Hugging Face transformers. */

import type { ModelConfig } from './config'
import { malformedConfig, unsupportedConfig } from './import_errors'
import { type Fields, positiveInteger, positiveNumber } from './import_fields'
import { readRope } from './import_rope'

const ARCHITECTURES: Readonly<Record<string, ModelConfig['modelType']>> = {
  LlamaForCausalLM: 'llama',
  Qwen2ForCausalLM: 'qwen2',
  Qwen3ForCausalLM: 'qwen3',
}

/** Features that a config of these architectures can ask for and this engine lacks: field -> what is fine, besides nothing. */
const WITHOUT: readonly (readonly [field: string, accepted: unknown])[] = [
  ['hidden_act', 'silu'],
  ['attention_bias', false],
  ['mlp_bias', false],
  ['use_sliding_window', false],
  ['rope_interleaved', false],
  ['partial_rotary_factor', 1],
]

/**
 * @param what the file, for errors
 * @throws ColloquyError 'model-architecture' for a model this engine does not implement, 'model-file' where
 *   a field is missing or makes no sense.
 */
export function readModelConfig(fields: Fields, what: string): ModelConfig {
  const modelType = architectureOf(fields, what)
  for (const [field, accepted] of WITHOUT) {
    const value = fields[field] ?? accepted
    // Qwen2 has biases on q, k and v whatever its config says, and nowhere else.
    if (value !== accepted && !(field === 'attention_bias' && modelType === 'qwen2'))
      throw unsupportedConfig(`${what}, ${field}`, JSON.stringify(value), JSON.stringify(accepted))
  }
  const { layer_types } = fields
  if (Array.isArray(layer_types) && !layer_types.every((type) => type === 'full_attention'))
    throw unsupportedConfig(`${what}, layer_types`, JSON.stringify(layer_types), 'full_attention everywhere')
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

function architectureOf(fields: Fields, what: string): ModelConfig['modelType'] {
  const listed = Array.isArray(fields.architectures) ? fields.architectures : []
  const supported = listed.find((name) => typeof name === 'string' && Object.hasOwn(ARCHITECTURES, name))
  if (supported !== undefined) return ARCHITECTURES[supported]
  const found = listed.length > 0 ? listed.join(', ') : `no architectures, model_type ${fields.model_type}`
  throw unsupportedConfig(`${what}, architectures`, found, `one of ${Object.keys(ARCHITECTURES).join(', ')}`)
}
