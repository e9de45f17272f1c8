/** SmolLM3 (Hugging Face, 2025): Llama without rotary embedding in every fourth layer. */
import { malformedConfig, positiveInteger, requireFullAttention } from '../import/import_fields'
import type { Family } from './family'
import { LLAMA } from './llama'

export const SMOLLM3: Family = {
  ...LLAMA,
  architecture: 'SmolLM3ForCausalLM',
  leftOut: {
    num_key_value_heads: 4,
    max_window_layers: 28,
    no_rope_layer_interval: 4,
    rope_theta: 2e6,
    tie_word_embeddings: true,
  },
  read(fields, what) {
    requireFullAttention(fields, what)
    const layers = positiveInteger(fields, 'num_hidden_layers', what)
    const interval = positiveInteger(fields, 'no_rope_layer_interval', what)
    const rotates: unknown =
      fields.no_rope_layers ?? Array.from({ length: layers }, (_, i) => ((i + 1) % interval === 0 ? 0 : 1))
    if (!Array.isArray(rotates) || rotates.length !== layers)
      throw malformedConfig(
        `${what}, no_rope_layers`,
        JSON.stringify(rotates),
        `0 or 1 for each of ${layers} layers`,
      )
    return { attention: { kinds: rotates.map((one) => (one ? 'full' : 'unrotated')) } }
  },
  authors: [/^SmolLM/i, 'HuggingFaceTB'],
}
