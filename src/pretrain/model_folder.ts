import { exportOnnx } from '../model/graphs/export'
import type { ModelConfig } from '../model/import/config'
import { readModelConfig } from '../model/import/import_config'
import type { ModelWeights } from '../model/weights/weight_source'
import { END, PAD, tokenizerConfig, tokenizerFile, vocabulary } from './tokenizer'

/** File contents by path within the folder. */
export type FolderFiles = Map<string, Uint8Array>

const MODEL_PATH = 'onnx/model_q4.onnx'

/** Returns the config.json of an embedded peer: a small Llama. */
export function configJson(layers: number): Record<string, unknown> {
  const vocab = vocabulary()
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: Object.keys(vocab).length,
    hidden_size: 64,
    intermediate_size: 192,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 16,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    max_position_embeddings: 320,
    tie_word_embeddings: true,
    bos_token_id: null,
    eos_token_id: vocab[END],
    pad_token_id: vocab[PAD],
    torch_dtype: 'float32',
  }
}

export function embeddedConfig(layers: number): ModelConfig {
  return readModelConfig(configJson(layers), 'embedded peer')
}

/** Returns a model folder as on the hub, in memory. */
export function folderFiles(weights: ModelWeights): FolderFiles {
  const layers = weights.layers.length
  const config = embeddedConfig(layers)
  const { eos_token_id, pad_token_id } = configJson(layers)
  const generation = { eos_token_id, pad_token_id, do_sample: false, max_new_tokens: 150 }
  const json = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)
  return new Map([
    ['config.json', json(configJson(layers))],
    ['generation_config.json', json(generation)],
    ['tokenizer.json', json(tokenizerFile())],
    ['tokenizer_config.json', json(tokenizerConfig(config.maxPositions))],
    [MODEL_PATH, exportOnnx(config, weights)],
  ])
}
