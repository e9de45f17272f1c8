/**
 * Granite (IBM, 2024) scales embeddings, attention, residual sums and logits. Granite 4.0's dense models have
 * the class of its hybrids, without experts and state-space layers; gate and up are one module.
 */
import { type Fields, positiveNumber, requireFullAttention, unsupportedConfig } from '../import/import_fields'
import type { Family, Reading } from './family'
import { LLAMA } from './llama'

const FACTORS = {
  embedding_multiplier: 1,
  attention_multiplier: 1,
  residual_multiplier: 1,
  logits_scaling: 1,
}

export const GRANITE: Family = {
  ...LLAMA,
  architecture: 'GraniteForCausalLM',
  leftOut: FACTORS,
  read(fields, what) {
    requireFullAttention(fields, what)
    return factorsOf(fields, what)
  },
  authors: [/^granite/i, 'ibm-granite'],
}

export const GRANITE4: Family = {
  ...GRANITE,
  architecture: 'GraniteMoeHybridForCausalLM',
  leftOut: { ...FACTORS, num_local_experts: 8 },
  modules: {
    ...LLAMA.modules,
    gate: 'shared_mlp.input_linear',
    up: 'shared_mlp.input_linear',
    down: 'shared_mlp.output_linear',
  },
  intermediateSize: 'shared_intermediate_size',
  read(fields, what) {
    const { layer_types: types, num_local_experts: experts, position_embedding_type: positions } = fields
    const refuse = (field: string, found: string, wanted: string) => {
      throw unsupportedConfig(`${what}, ${field}`, found, `${wanted}, as in Granite 4.0 micro, 1b and 350m`)
    }
    if (!Array.isArray(types) || types.some((type) => type !== 'attention'))
      refuse('layer_types', 'a hybrid of state-space layers and attention', 'attention in every layer')
    if (experts !== 0) refuse('num_local_experts', JSON.stringify(experts), '0')
    if (positions !== 'rope')
      refuse('position_embedding_type', JSON.stringify(positions) ?? 'nothing', '"rope"')
    return factorsOf(fields, what)
  },
}

function factorsOf(fields: Fields, what: string): Reading {
  const number = (field: keyof typeof FACTORS) => positiveNumber(fields, field, what)
  return {
    factors: {
      embedding: number('embedding_multiplier'),
      attention: number('attention_multiplier'),
      residual: number('residual_multiplier'),
      logits: 1 / number('logits_scaling'),
    },
  }
}
