/** OLMo 2 (Ai2, 2025): norms stand after attention and MLP, and q and k are normed over all heads together. */
import type { Family } from './family'
import { LLAMA } from './llama'

export const OLMO2: Family = {
  ...LLAMA,
  architecture: 'Olmo2ForCausalLM',
  leftOut: { rms_norm_eps: 1e-5 },
  norms: { attentionOutNorm: 'post_attention_layernorm', mlpOutNorm: 'post_feedforward_layernorm' },
  qkNorm: 'all heads',
  authors: [/^OLMo/i, 'allenai'],
}
