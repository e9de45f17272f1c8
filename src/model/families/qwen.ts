/** Qwen2 (Yang et al., 2024), with biases on q, k and v, and Qwen3 (2025), with a norm of each head instead. */
import type { Family } from './family'
import { LLAMA } from './llama'

const WINDOWS = { num_key_value_heads: 32, max_window_layers: 28 }
const { attention_bias: _, ...accepted } = LLAMA.accepted

export const QWEN2: Family = {
  ...LLAMA,
  architecture: 'Qwen2ForCausalLM',
  leftOut: WINDOWS,
  // It has biases on q, k and v only, whatever its config says.
  accepted,
  qkvBias: true,
  authors: [/^Qwen/i, 'Qwen'],
}

export const QWEN3: Family = {
  ...LLAMA,
  architecture: 'Qwen3ForCausalLM',
  leftOut: { ...WINDOWS, head_dim: 128 },
  qkNorm: 'each head',
  authors: QWEN2.authors,
}
