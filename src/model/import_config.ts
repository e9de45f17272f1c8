/** A hub `config.json` as a ModelConfig. Fields and their defaults are those of Hugging Face transformers. */

import { ColloquyError } from '../errors'
import type { ModelConfig } from './config'

const ARCHITECTURES: Readonly<Record<string, ModelConfig['modelType']>> = {
  LlamaForCausalLM: 'llama',
  Qwen2ForCausalLM: 'qwen2',
  Qwen3ForCausalLM: 'qwen3',
}

/** Features that a config of these architectures can ask for and this engine lacks: field -> what is fine. */
const WITHOUT: readonly (readonly [field: string, accepted: readonly unknown[]])[] = [
  ['hidden_act', [undefined, 'silu']],
  ['attention_bias', [undefined, false]],
  ['mlp_bias', [undefined, false]],
  ['use_sliding_window', [undefined, false]],
]

type Fields = Readonly<Record<string, unknown>>

/**
 * @param what the file, for errors
 * @throws ColloquyError 'model-architecture' for a model this engine does not implement, 'model-file' where
 *   a field is missing or makes no sense.
 */
export function readModelConfig(fields: Fields, what: string): ModelConfig {
  const modelType = architectureOf(fields, what)
  for (const [field, accepted] of WITHOUT) {
    if (!accepted.includes(fields[field]))
      throw unsupported(`${what}, ${field}`, JSON.stringify(fields[field]), JSON.stringify(accepted[1]))
  }
  const number = (field: string, fallback?: number) => positiveNumber(fields, field, what, fallback)
  const integer = (field: string, fallback?: number) => positiveInteger(fields, field, what, fallback)
  const hiddenSize = integer('hidden_size')
  const heads = integer('num_attention_heads')
  const kvHeads = integer('num_key_value_heads', heads)
  const headDim = integer('head_dim', hiddenSize / heads)
  if (heads % kvHeads !== 0)
    throw malformed(`${what}, num_key_value_heads`, `${kvHeads}`, `a divisor of the ${heads} attention heads`)
  if (headDim % 2 !== 0)
    throw malformed(`${what}, head_dim`, `${headDim}`, 'an even width, whose halves are rotated')
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
    ropeTheta: ropeTheta(fields, what),
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
  throw unsupported(`${what}, architectures`, found, `one of ${Object.keys(ARCHITECTURES).join(', ')}`)
}

/** The rotary base, from `rope_theta` or, as newer exporters write it, `rope_parameters`. */
function ropeTheta(fields: Fields, what: string): number {
  for (const field of ['rope_scaling', 'rope_parameters']) {
    const scaling = fields[field]
    if (typeof scaling !== 'object' || scaling === null) continue
    const { rope_type, type } = scaling as Fields
    const kind = rope_type ?? type
    if (kind !== 'default') throw unsupported(`${what}, ${field}`, JSON.stringify(scaling), 'null')
  }
  const parameters = fields.rope_parameters
  const inner = typeof parameters === 'object' && parameters !== null ? (parameters as Fields) : {}
  return positiveNumber({ ...inner, ...fields }, 'rope_theta', what, 10000)
}

function positiveInteger(fields: Fields, field: string, what: string, fallback?: number): number {
  const value = positiveNumber(fields, field, what, fallback)
  if (!Number.isInteger(value)) throw malformed(`${what}, ${field}`, `${value}`, 'a whole number')
  return value
}

function positiveNumber(fields: Fields, field: string, what: string, fallback?: number): number {
  const value = fields[field] ?? fallback
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw malformed(`${what}, ${field}`, `${JSON.stringify(value) ?? 'nothing'}`, 'a number above 0')
  return value
}

function unsupported(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'Choose a model of a supported architecture'
  return new ColloquyError({ code: 'model-architecture', what, found, wanted, todo })
}

function malformed(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'Download the model again, or correct its config.json'
  return new ColloquyError({ code: 'model-file', what, found, wanted, todo })
}
