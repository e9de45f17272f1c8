/**
 * A decoder in f64, one sequence at a time, written only from the papers: RMSNorm (Zhang & Sennrich 2019),
 * rotary embedding (Su et al. 2021) with Hugging Face's rotation of halves and Llama 3.1's scaling of
 * frequencies (Grattafiori et al. 2024), grouped-query attention (Ainslie et al. 2023), SwiGLU and GEGLU
 * (Shazeer 2020), LoRA (Hu et al. 2021), and what Gemma 3, SmolLM3, Granite and OLMo 2 change. It is slow and plain on purpose: the engine is compared with it, so
 * it shares no code with the engine.
 */

export const REFERENCE_LINEARS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const
export type ReferenceLinearName = (typeof REFERENCE_LINEARS)[number]

/** y = x W^T + bias + factor (x A) B. */
export interface ReferenceLinear {
  readonly out: number
  readonly in: number
  /** (out, in). */
  readonly weight: ArrayLike<number>
  /** (out). */
  readonly bias?: ArrayLike<number>
  /** a (in, rank), b (rank, out), factor = alpha / rank. */
  readonly lora?: {
    readonly rank: number
    readonly factor: number
    readonly a: ArrayLike<number>
    readonly b: ArrayLike<number>
  }
}

export interface ReferenceLayer {
  readonly linears: Readonly<Record<ReferenceLinearName, ReferenceLinear>>
  /** Norms (hidden) of what attention and MLP read, and of what they add; none where left out. */
  readonly attentionNorm?: ArrayLike<number>
  readonly attentionOutNorm?: ArrayLike<number>
  readonly mlpNorm?: ArrayLike<number>
  readonly mlpOutNorm?: ArrayLike<number>
  /** Norms of each head (headDim), or of all heads together. */
  readonly qNorm?: ArrayLike<number>
  readonly kNorm?: ArrayLike<number>
  /** Where it differs from the model's: the rotary base, or null for no rotation. */
  readonly rotary?: { readonly ropeTheta: number } | null
  /** Number of tokens that one sees, itself included; all before it where left out. */
  readonly window?: number
}

export interface ReferenceShape {
  readonly hidden: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly epsilon: number
  readonly ropeTheta: number
  readonly ropeScaling?: {
    readonly factor: number
    readonly lowFreqFactor: number
    readonly highFreqFactor: number
    readonly originalMaxPositions: number
  }
  readonly activation?: 'gelu tanh'
  /** Of embeddings, products of queries and keys (1 / sqrt(headDim)), residual sums, and logits. */
  readonly factors?: Readonly<Partial<Record<'embedding' | 'attention' | 'residual' | 'logits', number>>>
  /** Rounds frequencies, angles and their cosines like a model in f16; no rounding where left out. */
  readonly roundRotation?: (value: number) => number
}

export interface ReferenceModel extends ReferenceShape {
  readonly vocabulary: number
  /** (V, H). */
  readonly embedding: ArrayLike<number>
  readonly layers: readonly ReferenceLayer[]
  readonly finalNorm: ArrayLike<number>
  /** (V, H). */
  readonly head: ArrayLike<number>
}

type Row = number[]

function applyLinear(linear: ReferenceLinear, x: Row): Row {
  const { out, in: width, weight, bias, lora } = linear
  const y: Row = []
  for (let o = 0; o < out; o++) {
    let sum = bias ? bias[o] : 0
    for (let i = 0; i < width; i++) sum += x[i] * weight[o * width + i]
    y.push(sum)
  }
  if (!lora) return y
  for (let r = 0; r < lora.rank; r++) {
    let inner = 0
    for (let i = 0; i < width; i++) inner += x[i] * lora.a[i * lora.rank + r]
    for (let o = 0; o < out; o++) y[o] += lora.factor * inner * lora.b[r * out + o]
  }
  return y
}

export function referenceRmsNorm(x: Row, weight: ArrayLike<number>, epsilon: number): Row {
  const meanSquare = x.reduce((sum, value) => sum + value * value, 0) / x.length
  return x.map((value, i) => (value / Math.sqrt(meanSquare + epsilon)) * weight[i])
}

type Rotation = Pick<ReferenceShape, 'ropeTheta' | 'ropeScaling' | 'roundRotation'>

/**
 * Returns the angle per position of a pair in a head of this width: theta^(-2i/D), or Llama 3.1's by
 * wavelength.
 */
export function referenceFrequency(
  { ropeTheta, ropeScaling }: Rotation,
  width: number,
  pair: number,
): number {
  const frequency = 1 / ropeTheta ** ((2 * pair) / width)
  if (!ropeScaling) return frequency
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = ropeScaling
  const wavelength = (2 * Math.PI) / frequency
  if (wavelength < originalMaxPositions / highFreqFactor) return frequency
  if (wavelength > originalMaxPositions / lowFreqFactor) return frequency / factor
  const smooth = (originalMaxPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor)
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}

/** Rotates the pairs (i, i + D/2) of one head. */
function rotate(head: Row, position: number, rotation: Rotation): Row {
  const half = head.length / 2
  const round = rotation.roundRotation ?? ((value) => value)
  return head.map((value, i) => {
    const angle = round(position * round(referenceFrequency(rotation, head.length, i % half)))
    const partner = i < half ? -head[i + half] : head[i - half]
    return value * round(Math.cos(angle)) + partner * round(Math.sin(angle))
  })
}

function softmax(scores: Row): Row {
  const largest = Math.max(...scores)
  const exps = scores.map((score) => Math.exp(score - largest))
  const sum = exps.reduce((a, b) => a + b, 0)
  return exps.map((value) => value / sum)
}

function silu(x: number): number {
  return x / (1 + Math.exp(-x))
}

/** GELU's approximation (Hendrycks & Gimpel 2016). */
function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
}

function headOf(row: Row, head: number, headDim: number): Row {
  return row.slice(head * headDim, (head + 1) * headDim)
}

/**
 * Computes one layer: x (S, H) -> (S, H).
 * @param real true for positions with tokens. No token attends to the others (padding), and they do not count
 * as positions. Their rows are returned without meaning.
 */
export function referenceLayer(
  shape: ReferenceShape,
  layer: ReferenceLayer,
  x: readonly Row[],
  real: readonly boolean[] = x.map(() => true),
): Row[] {
  const { heads, kvHeads, headDim, epsilon, factors = {} } = shape
  const { linears, rotary = shape, window = Number.POSITIVE_INFINITY } = layer
  const { attention: scale = 1 / Math.sqrt(headDim), residual = 1 } = factors
  let seen = 0
  const positions = real.map((is) => (is ? seen++ : 0))

  const norm = (row: Row, weight?: ArrayLike<number>) =>
    weight ? referenceRmsNorm(row, weight, epsilon) : row
  const turned = (row: Row, count: number, position: number, weight?: ArrayLike<number>): Row[] => {
    const whole = weight?.length === row.length && count > 1 ? norm(row, weight) : row
    return Array.from({ length: count }, (_, head) => {
      const part = headOf(whole, head, headDim)
      const normed = whole === row ? norm(part, weight) : part
      return rotary === null
        ? normed
        : rotate(normed, position, { roundRotation: shape.roundRotation, ...rotary })
    })
  }
  const normed = x.map((row) => norm(row, layer.attentionNorm))
  const queries = normed.map((row, s) =>
    turned(applyLinear(linears.q, row), heads, positions[s], layer.qNorm),
  )
  const keys = normed.map((row, s) => turned(applyLinear(linears.k, row), kvHeads, positions[s], layer.kNorm))
  const values = normed.map((row) => applyLinear(linears.v, row))

  return x.map((row, s) => {
    const visible = x
      .map((_, t) => t)
      .filter((t) => t <= s && (real[t] || t === s) && positions[s] - positions[t] < window)
    const attended: Row = []
    for (let head = 0; head < heads; head++) {
      const group = Math.floor(head / (heads / kvHeads))
      const weights = softmax(
        visible.map((t) => {
          const key = keys[t][group]
          return queries[s][head].reduce((sum, value, i) => sum + value * key[i], 0) * scale
        }),
      )
      for (let i = 0; i < headDim; i++)
        attended.push(visible.reduce((sum, t, n) => sum + weights[n] * values[t][group * headDim + i], 0))
    }
    const mixed = norm(applyLinear(linears.o, attended), layer.attentionOutNorm)
    const after = mixed.map((value, i) => residual * value + row[i])
    const inner = norm(after, layer.mlpNorm)
    const up = applyLinear(linears.up, inner)
    const opened = shape.activation === 'gelu tanh' ? geluTanh : silu
    const gated = applyLinear(linears.gate, inner).map((g, i) => opened(g) * up[i])
    const fed = norm(applyLinear(linears.down, gated), layer.mlpOutNorm)
    return fed.map((value, i) => residual * value + after[i])
  })
}

/** Returns the hidden states after the final norm: (S, H). */
export function referenceHidden(
  model: ReferenceModel,
  ids: readonly number[],
  real: readonly boolean[] = ids.map(() => true),
): Row[] {
  const { hidden } = model
  const factor = model.factors?.embedding ?? 1
  let x = ids.map((id) => Array.from({ length: hidden }, (_, i) => factor * model.embedding[id * hidden + i]))
  for (const layer of model.layers) x = referenceLayer(model, layer, x, real)
  return x.map((row) => referenceRmsNorm(row, model.finalNorm, model.epsilon))
}

/** Returns the logits of a whole sequence: (S, V). */
export function referenceLogits(
  model: ReferenceModel,
  ids: readonly number[],
  real?: readonly boolean[],
): Row[] {
  const { hidden, vocabulary, head, factors } = model
  return referenceHidden(model, ids, real).map((row) =>
    Array.from(
      { length: vocabulary },
      (_, v) => row.reduce((sum, value, i) => sum + value * head[v * hidden + i], 0) * (factors?.logits ?? 1),
    ),
  )
}

/** Returns the log-softmax of one row of logits, at temperature 1. */
export function referenceLogprobs(logits: Row): Row {
  const largest = Math.max(...logits)
  const sum = logits.reduce((all, value) => all + Math.exp(value - largest), 0)
  return logits.map((value) => value - largest - Math.log(sum))
}
