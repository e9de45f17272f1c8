/**
 * Gemma 3 (2025) for text: 270M and 1B. Five of six layers see a sliding window and rotate with a base of
 * their own. Norms stand before and after attention and MLP; the importer adds the 1 of (1 + w).
 */
import type { LayerKind } from '../import/config'
import {
  type Fields,
  malformedConfig,
  objectField,
  positiveInteger,
  positiveNumber,
} from '../import/import_fields'
import type { Family } from './family'
import { LLAMA } from './llama'

const { hidden_act: _, ...accepted } = LLAMA.accepted

export const GEMMA3: Family = {
  ...LLAMA,
  architecture: 'Gemma3ForCausalLM',
  leftOut: {
    num_key_value_heads: 4,
    head_dim: 256,
    max_position_embeddings: 131072,
    rope_theta: 1e6,
    rope_local_base_freq: 10000,
    query_pre_attn_scalar: 256,
    sliding_window: 4096,
    sliding_window_pattern: 6,
    tie_word_embeddings: true,
  },
  accepted: {
    ...accepted,
    hidden_activation: ['gelu_pytorch_tanh'],
    attn_logit_softcapping: [],
    final_logit_softcapping: [],
    use_bidirectional_attention: [false],
  },
  norms: {
    attentionNorm: 'input_layernorm',
    attentionOutNorm: 'post_attention_layernorm',
    mlpNorm: 'pre_feedforward_layernorm',
    mlpOutNorm: 'post_feedforward_layernorm',
  },
  qkNorm: 'each head',
  activation: 'gelu tanh',
  needsF32: true,
  read(fields, what) {
    const number = (field: string) => positiveNumber(fields, field, what)
    return {
      factors: {
        // onnxruntime-genai's builder, which wrote the hub's files, rounds it so.
        embedding: Math.round(100 * Math.sqrt(number('hidden_size'))) / 100,
        attention: 1 / Math.sqrt(number('query_pre_attn_scalar')),
      },
      attention: {
        kinds: kindsOf(fields, what),
        local: {
          window: positiveInteger(fields, 'sliding_window', what),
          ropeTheta: localRopeTheta(fields, what),
        },
      },
    }
  },
  authors: [/^gemma/i, 'google'],
}

/** Reads `layer_types` or, as older exporters write it, the period of `sliding_window_pattern`. */
function kindsOf(fields: Fields, what: string): LayerKind[] {
  const period = positiveInteger(fields, 'sliding_window_pattern', what)
  const { layer_types: stated } = fields
  const layers = positiveInteger(fields, 'num_hidden_layers', what)
  if (!Array.isArray(stated))
    return Array.from({ length: layers }, (_, i) => ((i + 1) % period === 0 ? 'full' : 'local'))
  const kinds = stated.map((type): LayerKind | null =>
    type === 'full_attention' ? 'full' : type === 'sliding_attention' ? 'local' : null,
  )
  const known = kinds.filter((kind) => kind !== null)
  if (known.length !== layers)
    throw malformedConfig(
      `${what}, layer_types`,
      JSON.stringify(stated),
      `full_attention or sliding_attention for each of ${layers} layers`,
    )
  return known
}

function localRopeTheta(fields: Fields, what: string): number {
  const parameters = objectField(fields, 'rope_parameters')
  const local = parameters && objectField(parameters, 'sliding_attention')
  return positiveNumber(
    local ? { rope_local_base_freq: local.rope_theta } : fields,
    'rope_local_base_freq',
    what,
  )
}
