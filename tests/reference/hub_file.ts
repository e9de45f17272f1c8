/**
 * Hub files of small models with the parts that the importer reads: nodes and initializers under the
 * exporters' names.
 */

import type { BlockMatrix, Matrix } from '../../src/matrix/matrix'
import { familyOf } from '../../src/model/families/families'
import { LAYER_NORMS, LINEARS, type ModelConfig, type ModelType } from '../../src/model/import/config'
import { type FolderOptions, loadModelFolder, type ModelFolder } from '../../src/model/import/folder'
import { dequantize } from '../../src/model/weights/quantize'
import { type ModelWeights, normOf } from '../../src/model/weights/weight_source'
import { encodeModel, type NodeDescription, type TensorData, tensorOf } from '../../src/onnx/proto'

/** The parts of a hub file that hold weights: nodes and initializers as the exporters name them. */
export class HubFile {
  readonly nodes: NodeDescription[] = []
  readonly initializers = new Map<string, TensorData>()

  vector(name: string, data: Float32Array): void {
    this.initializers.set(name, tensorOf('f32', [data.length], data))
  }

  node(op: string, name: string, inputs: string[], ints: Record<string, number> = {}): void {
    const attributes = Object.fromEntries(Object.entries(ints).map(([key, int]) => [key, { int }]))
    const domain = op === 'MatMul' ? '' : 'com.microsoft'
    this.nodes.push({ op, domain, name, inputs, outputs: [`${name}/out`], attributes })
  }

  /** Adds a multiplication by a matrix, stored under the given names. */
  linear(node: string, stored: string, matrix: Matrix, more: string[] = []): void {
    if (matrix.kind === 'f32') {
      const { data } = transposed(matrix)
      this.initializers.set(stored, tensorOf('f32', [matrix.in, matrix.out], data))
      this.node('MatMul', node, ['x', stored])
      return
    }
    const { bits, in: K, out: N } = matrix
    const blocks = Math.ceil(K / 32)
    this.initializers.set(`${stored}_Q${bits}`, tensorOf('u8', [N, blocks, 4 * bits], matrix.packed))
    this.initializers.set(`${stored}_scales`, tensorOf('f32', [N * blocks], matrix.scales))
    const inputs = ['x', `${stored}_Q${bits}`, `${stored}_scales`, ...more]
    this.node('MatMulNBits', `${node}_Q${bits}`, inputs, { bits, K, N, block_size: 32 })
  }

  bytes(): Uint8Array {
    const graph = {
      name: 'main_graph',
      inputs: [],
      outputs: [],
      nodes: this.nodes,
      initializers: this.initializers,
    }
    return encodeModel({ graph, opsets: { '': 14, 'com.microsoft': 1 }, irVersion: 8, producer: 'pytorch' })
  }
}

function transposed({ data, out, in: width }: { data: Float32Array; out: number; in: number }) {
  return { data: Float32Array.from(data, (_, i) => data[(i % out) * width + Math.floor(i / out)]) }
}

/**
 * Makes a file as optimum exports it: plain ops, numbered matrices, norms and biases under their own names.
 */
export function optimumFile(config: ModelConfig, weights: ModelWeights): HubFile {
  const file = new HubFile()
  const { norms, modules } = familyOf(config)
  let number = 1180
  const { embedding } = weights
  file.initializers.set(
    'model.embed_tokens.weight',
    tensorOf('f32', [embedding.out, embedding.in], dequantize(embedding).data),
  )
  file.vector('model.norm.weight', weights.finalNorm)
  weights.layers.forEach((layer, i) => {
    const name = `model.layers.${i}`
    for (const norm of LAYER_NORMS) if (layer[norm]) file.vector(`${name}.${norms[norm]}.weight`, layer[norm])
    for (const [which, norm] of [['q', layer.qNorm] as const, ['k', layer.kNorm] as const])
      if (norm) file.vector(`${name}.self_attn.${which}_norm.weight`, norm)
    for (const module of new Set(LINEARS.map((which) => modules[which]))) {
      const members = LINEARS.filter((which) => modules[which] === module)
      const matrix = stacked(members.map((which) => layer.linears[which]))
      file.linear(
        `/model/layers.${i}/${module.replace('.', '/')}/MatMul`,
        `onnx::MatMul_${number++}`,
        members.length === 1 ? layer.linears[members[0]] : matrix,
      )
    }
    if (layer.biases)
      for (const which of ['q', 'k', 'v'] as const)
        file.vector(`${name}.self_attn.${which}_proj.bias`, layer.biases[which])
    // Attention also has a product, without weights.
    file.node('MatMul', `/model/layers.${i}/self_attn/MatMul`, ['q', 'k'])
  })
  if (!config.tiedEmbeddings) file.linear('/lm_head/MatMul', `onnx::MatMul_${number++}`, weights.head)
  return file
}

/** Makes a file as onnxruntime-genai exports it: q, k and v in one node, fused norms. */
export function genaiFile(config: ModelConfig, weights: ModelWeights): HubFile {
  const file = new HubFile()
  const { embedding } = weights
  file.initializers.set(
    'model.embed_tokens.weight',
    tensorOf('f32', [embedding.out, embedding.in], dequantize(embedding).data),
  )
  file.vector(`model.layers.${config.layers}.final_norm_layernorm.weight`, weights.finalNorm)
  weights.layers.forEach((layer, i) => {
    const name = `model.layers.${i}`
    file.vector(`${name}.input_layernorm.weight`, normOf(layer, 'attentionNorm'))
    file.vector(`${name}.post_attention_layernorm.weight`, normOf(layer, 'mlpNorm'))
    const { q, k, v, o, gate, up, down } = layer.linears
    file.linear(
      `/model/layers.${i}/attn/qkv_proj/MatMul`,
      `${name}.attn.qkv_proj.MatMul.weight`,
      stacked([q, k, v]),
    )
    if (layer.biases) {
      const { q: bq, k: bk, v: bv } = layer.biases
      file.vector(`${name}.attn.qkv_proj.Add.bias`, Float32Array.from([...bq, ...bk, ...bv]))
    }
    if (layer.qNorm) file.vector(`${name}.attn.q_norm.layernorm.weight`, layer.qNorm)
    if (layer.kNorm) file.vector(`${name}.attn.k_norm.layernorm.weight`, layer.kNorm)
    file.linear(`/model/layers.${i}/attn/o_proj/MatMul`, `${name}.attn.o_proj.MatMul.weight`, o)
    file.linear(
      `/model/layers.${i}/mlp/gate_up_proj/MatMul`,
      `${name}.mlp.gate_up_proj.MatMul.weight`,
      stacked([gate, up]),
    )
    file.linear(`/model/layers.${i}/mlp/down_proj/MatMul`, `${name}.mlp.down_proj.MatMul.weight`, down)
  })
  if (!config.tiedEmbeddings) file.linear('/lm_head/MatMul', 'lm_head.MatMul.weight', weights.head)
  return file
}

function stacked(parts: readonly Matrix[]): Matrix {
  const out = parts.reduce((sum, part) => sum + part.out, 0)
  if (parts.every((part) => part.kind === 'f32'))
    return { ...parts[0], out, data: Float32Array.from(parts.flatMap((part) => [...part.data])) }
  const blocks = parts.filter((part): part is BlockMatrix => part.kind === 'blocks')
  return {
    ...blocks[0],
    out,
    packed: Uint8Array.from(blocks.flatMap((part) => [...part.packed])),
    scales: Float32Array.from(blocks.flatMap((part) => [...part.scales])),
  }
}

const factorFields = ({ factors }: ModelConfig) => ({
  embedding_multiplier: factors?.embedding,
  attention_multiplier: factors?.attention,
  residual_multiplier: factors?.residual,
  logits_scaling: 1 / (factors?.logits ?? 1),
})

/** Fields that only one family has. */
const DIFFERING: Readonly<Partial<Record<ModelType, (config: ModelConfig) => Record<string, unknown>>>> = {
  gemma3_text: ({ factors, attention }) => ({
    hidden_activation: 'gelu_pytorch_tanh',
    query_pre_attn_scalar: (factors?.attention ?? 1) ** -2,
    sliding_window: attention?.local?.window,
    rope_local_base_freq: attention?.local?.ropeTheta,
    layer_types: attention?.kinds.map((kind) => (kind === 'local' ? 'sliding_attention' : 'full_attention')),
  }),
  smollm3: ({ attention }) => ({
    no_rope_layers: attention?.kinds.map((kind) => (kind === 'unrotated' ? 0 : 1)),
  }),
  granite: factorFields,
  granitemoehybrid: (config) => ({
    ...factorFields(config),
    layer_types: Array(config.layers).fill('attention'),
    num_local_experts: 0,
    position_embedding_type: 'rope',
    shared_intermediate_size: config.intermediateSize,
  }),
}

/** Returns `config.json` as the hub has it. */
export function hubConfig(config: ModelConfig): Record<string, unknown> {
  return {
    architectures: [familyOf(config).architecture],
    model_type: config.modelType,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    ...DIFFERING[config.modelType]?.(config),
    rms_norm_eps: config.rmsNormEpsilon,
    rope_theta: config.ropeTheta,
    rope_scaling: null,
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: config.tiedEmbeddings,
  }
}

/**
 * Moves a file's tensors to `count` files next to it, of about equal size.
 * @returns those files, by path
 */
export function inParts({ initializers }: HubFile, count: number): Record<string, Uint8Array> {
  const total = [...initializers.values()].reduce((sum, { data }) => sum + data.length, 0)
  const parts = Array.from({ length: count }, (): Uint8Array[] => [])
  let before = 0
  for (const [name, { type, shape, data }] of initializers) {
    const i = Math.min(count - 1, Math.floor((before / total) * count))
    const offset = parts[i].reduce((sum, { length }) => sum + length, 0)
    const external = { location: `data_${i}`, offset, length: data.length }
    parts[i].push(data)
    before += data.length
    initializers.set(name, { type, shape, data: new Uint8Array(), external })
  }
  return Object.fromEntries(parts.map((list, i) => [`onnx/data_${i}`, joined(list)]))
}

function joined(list: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(list.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const data of list) {
    whole.set(data, at)
    at += data.length
  }
  return whole
}

/**
 * Returns the files of a folder with this model file.
 * @param more other files, by path
 */
export function hubFolder(
  config: ModelConfig,
  file: HubFile,
  more: Readonly<Record<string, Uint8Array>> = {},
  path = 'onnx/model_q4.onnx',
): Record<string, Uint8Array> {
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value))
  return {
    'config.json': json(hubConfig(config)),
    'generation_config.json': json({ eos_token_id: 0 }),
    'tokenizer.json': json({}),
    'tokenizer_config.json': json({}),
    [path]: file.bytes(),
    ...more,
  }
}

/** Loads such a folder. */
export async function loadHub(
  config: ModelConfig,
  file: HubFile,
  more: Readonly<Record<string, Uint8Array>> = {},
  { path, ...options }: FolderOptions & { readonly path?: string } = {},
): Promise<ModelFolder> {
  const files = hubFolder(config, file, more, path)
  const read = async (wanted: string) => (Object.hasOwn(files, wanted) ? files[wanted] : null)
  return loadModelFolder(read, 'hub/x', options)
}
