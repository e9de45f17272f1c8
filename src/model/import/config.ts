/** Shape of a Llama-family decoder, read from a hub `config.json` (see `folder.ts`). */
export interface ModelConfig {
  readonly modelType: 'llama' | 'qwen2' | 'qwen3'
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
  /** True for biases on q, k, v (Qwen2). */
  readonly qkvBias: boolean
  /** True for an RMSNorm of each q and k head (Qwen3). */
  readonly qkNorm: boolean
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

/** The seven linear maps of a decoder layer, in the order used everywhere. */
export const LINEARS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const
export type Linear = (typeof LINEARS)[number]

/** Names of the linears in transformers' Llama, Qwen2 and Qwen3; ONNX nodes have `/` for the dot. */
export const HUB_NAMES: Readonly<Record<Linear, string>> = {
  q: 'self_attn.q_proj',
  k: 'self_attn.k_proj',
  v: 'self_attn.v_proj',
  o: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
}

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
