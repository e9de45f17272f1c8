/** Reads a hub `config.json` as a ModelConfig. Fields and defaults are those of Hugging Face transformers. */

import { FAMILIES } from '../families/families'
import type { Family } from '../families/family'
import { refusalOf } from '../families/refused'
import type { ModelConfig, ModelType } from './config'
import {
  type Fields,
  malformedConfig,
  positiveInteger,
  positiveNumber,
  unsupportedConfig,
} from './import_fields'
import { readRope } from './import_rope'

/**
 * Reads a config.
 * @param what the file's name, for errors
 * @throws ColloquyError 'model-architecture' for a model that this engine does not implement, 'model-file'
 * where a field is missing or invalid.
 */
export function readModelConfig(stated: Fields, what: string): ModelConfig {
  const modelType = modelTypeOf(stated, what)
  const family = FAMILIES[modelType]
  const fields = { ...family.leftOut, ...stated }
  requireAccepted(family, fields, what)
  const differing = family.read(fields, what)
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
    intermediateSize: integer(family.intermediateSize),
    layers: integer('num_hidden_layers'),
    heads,
    kvHeads,
    headDim,
    rmsNormEpsilon: number('rms_norm_eps', 1e-6),
    ...readRope(fields, what),
    maxPositions: integer('max_position_embeddings'),
    tiedEmbeddings: fields.tie_word_embeddings === true,
    ...differing,
  }
}

/** Refuses values of fields that this engine lacks. */
function requireAccepted({ accepted }: Family, fields: Fields, what: string): void {
  for (const [field, values] of Object.entries(accepted)) {
    const value = fields[field] ?? null
    if (value === null || values.includes(value)) continue
    throw unsupportedConfig(
      `${what}, ${field}`,
      JSON.stringify(value),
      JSON.stringify(values[0]) ?? 'null or nothing',
    )
  }
}

/**
 * Returns the model type. A config without `architectures` is identified by `model_type`, as in transformers'
 * AutoModelForCausalLM.
 */
function modelTypeOf(stated: Fields, what: string): ModelType {
  const listed: unknown[] = Array.isArray(stated.architectures) ? stated.architectures : []
  const types = Object.keys(FAMILIES) as ModelType[]
  const type =
    types.find((type) => listed.includes(FAMILIES[type].architecture)) ??
    types.find((type) => listed.length === 0 && type === stated.model_type)
  if (type !== undefined) return type
  const names = listed.length > 0 ? listed.join(', ') : `no architectures, model_type ${stated.model_type}`
  const reason = refusalOf([...listed, stated.model_type].filter((name) => typeof name === 'string'))
  throw unsupportedConfig(
    `${what}, architectures`,
    reason === null ? names : `${names}: ${reason}`,
    `one of ${Object.values(FAMILIES)
      .map(({ architecture }) => architecture)
      .join(', ')}`,
  )
}
