/** The supported families, by `model_type` of config.json. `src/model/families` describes each. */
export type ModelType =
  | 'llama'
  | 'qwen2'
  | 'qwen3'
  | 'gemma3_text'
  | 'smollm3'
  | 'granite'
  | 'granitemoehybrid'
  | 'olmo2'

/**
 * Numbers of a decoder, read from a hub `config.json` (see `folder.ts`). `familyOf` adds what all models of
 * its type have in common.
 */
export interface ModelConfig {
  readonly modelType: ModelType
  readonly vocabSize: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly rmsNormEpsilon: number
  readonly ropeTheta: number
  /** Undefined for a model without scaling. */
  readonly ropeScaling?: Llama3RopeScaling
  /**
   * Maximum tokens of a row: the length of the rotary tables. A loaded model's is capped (see
   * `loadModelFolder`).
   */
  readonly maxPositions: number
  /** True where the head is the embedding. */
  readonly tiedEmbeddings: boolean
  /** Factors of a family that scales its values. */
  readonly factors?: Factors
  /** How each layer attends, where layers differ. */
  readonly attention?: LayerAttention
}

/** Factors that a config states; a missing one has the usual value. */
export interface Factors {
  /** Of looked-up embeddings; 1. */
  readonly embedding?: number
  /** Of the product of a query and a key; D^-1/2. */
  readonly attention?: number
  /** Of what attention and MLP add to the residual stream; 1. */
  readonly residual?: number
  /** Of logits; 1. */
  readonly logits?: number
}

/**
 * `full`: rotary embedding by `ropeTheta`, every earlier token is seen. `local`: rotary embedding by
 * `local.ropeTheta`, and only the last `local.window` tokens, its own included, are seen. `unrotated`: no rotary
 * embedding, every earlier token is seen.
 */
export const LAYER_KINDS = ['full', 'local', 'unrotated'] as const
export type LayerKind = (typeof LAYER_KINDS)[number]

export interface LayerAttention {
  readonly kinds: readonly LayerKind[]
  /** Set where a layer is `local`. */
  readonly local?: { readonly window: number; readonly ropeTheta: number }
}

/** Returns how a layer attends. */
export function kindOf({ attention }: ModelConfig, layer: number): LayerKind {
  return attention?.kinds[layer] ?? 'full'
}

/** Maximum positions of a loaded model, whatever its config.json states. */
export const MOST_POSITIONS = 4096

/**
 * How Llama 3.1 and later stretch rotary embedding to more positions than in their first training (see
 * `rotary.ts`).
 */
export interface Llama3RopeScaling {
  readonly factor: number
  readonly lowFreqFactor: number
  readonly highFreqFactor: number
  readonly originalMaxPositions: number
}

/** Returns whether some layer attends so. */
export function hasKind(config: ModelConfig, kind: LayerKind): boolean {
  return Array.from({ length: config.layers }, (_, i) => kindOf(config, i)).includes(kind)
}

/** The seven linear maps of a decoder layer, in the order used everywhere. */
export const LINEARS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const
export type Linear = (typeof LINEARS)[number]

/** Names of the linears in transformers' Llama and most others; ONNX nodes have `/` for the dot. */
export const HUB_NAMES: Readonly<Record<Linear, string>> = {
  q: 'self_attn.q_proj',
  k: 'self_attn.k_proj',
  v: 'self_attn.v_proj',
  o: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
}

/** The norms of a layer: of what attention and MLP read, and of what they add. */
export const LAYER_NORMS = ['attentionNorm', 'attentionOutNorm', 'mlpNorm', 'mlpOutNorm'] as const
export type LayerNorm = (typeof LAYER_NORMS)[number]

/** Linears that read the same vectors. */
export const LINEAR_GROUPS: readonly (readonly Linear[])[] = [
  ['q', 'k', 'v'],
  ['o'],
  ['gate', 'up'],
  ['down'],
]

/** Makes a record with one entry per linear. */
export function perLinear<T>(make: (linear: Linear) => T): Record<Linear, T> {
  return Object.fromEntries(LINEARS.map((which) => [which, make(which)])) as Record<Linear, T>
}

/** Returns the size of the norm of q or k. */
export function qkNormSize(config: ModelConfig, which: 'q' | 'k', kind: 'each head' | 'all heads'): number {
  return kind === 'each head' ? config.headDim : linearShape(config, which).out
}

/** Returns input and output width of a linear: y (.., out) = x (.., in) W^T. */
export function linearShape(config: ModelConfig, linear: Linear): { in: number; out: number } {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config
  switch (linear) {
    case 'q':
      return { in: hiddenSize, out: heads * headDim }
    case 'k':
    case 'v':
      return { in: hiddenSize, out: kvHeads * headDim }
    case 'o':
      return { in: heads * headDim, out: hiddenSize }
    case 'gate':
    case 'up':
      return { in: hiddenSize, out: intermediateSize }
    case 'down':
      return { in: intermediateSize, out: hiddenSize }
  }
}
