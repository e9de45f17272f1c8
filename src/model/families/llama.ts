/** Llama (Touvron et al., 2023) and models of its class, such as SmolLM2. Other families begin from it. */
import { HUB_NAMES } from '../import/config'
import { requireFullAttention } from '../import/import_fields'
import type { Family } from './family'

export const LLAMA: Family = {
  architecture: 'LlamaForCausalLM',
  leftOut: {},
  accepted: {
    hidden_act: ['silu', 'swish'],
    attention_bias: [false],
    mlp_bias: [false],
    rope_interleaved: [false],
    partial_rotary_factor: [1],
  },
  norms: { attentionNorm: 'input_layernorm', mlpNorm: 'post_attention_layernorm' },
  activation: 'silu',
  modules: HUB_NAMES,
  intermediateSize: 'intermediate_size',
  read(fields, what) {
    requireFullAttention(fields, what)
    return {}
  },
  authors: [/^(?:Meta-)?Llama/i, 'meta-llama'],
}
