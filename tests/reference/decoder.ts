/**
 * A Llama-family decoder in f64, one sequence at a time, written only from the papers: RMSNorm (Zhang &
 * Sennrich 2019), rotary embedding (Su et al. 2021) with Hugging Face's rotation of halves and Llama 3.1's
 * scaling of frequencies (Grattafiori et al. 2024), grouped-query attention (Ainslie et al. 2023), SwiGLU
 * (Shazeer 2020), LoRA (Hu et al. 2021). It is slow and plain on purpose: the engine is compared with it, so
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
  readonly attentionNorm: ArrayLike<number>
  readonly mlpNorm: ArrayLike<number>
  /** Per-head norms (headDim). */
  readonly qNorm?: ArrayLike<number>
  readonly kNorm?: ArrayLike<number>
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
  const { heads, kvHeads, headDim, epsilon } = shape
  const { linears } = layer
  let seen = 0
  const positions = real.map((is) => (is ? seen++ : 0))

  const turned = (row: Row, count: number, position: number, norm?: ArrayLike<number>): Row[] =>
    Array.from({ length: count }, (_, head) => {
      const part = headOf(row, head, headDim)
      return rotate(norm ? referenceRmsNorm(part, norm, epsilon) : part, position, shape)
    })
  const normed = x.map((row) => referenceRmsNorm(row, layer.attentionNorm, epsilon))
  const queries = normed.map((row, s) =>
    turned(applyLinear(linears.q, row), heads, positions[s], layer.qNorm),
  )
  const keys = normed.map((row, s) => turned(applyLinear(linears.k, row), kvHeads, positions[s], layer.kNorm))
  const values = normed.map((row) => applyLinear(linears.v, row))

  return x.map((row, s) => {
    const visible = x.map((_, t) => t).filter((t) => t <= s && (real[t] || t === s))
    const attended: Row = []
    for (let head = 0; head < heads; head++) {
      const group = Math.floor(head / (heads / kvHeads))
      const weights = softmax(
        visible.map((t) => {
          const key = keys[t][group]
          return queries[s][head].reduce((sum, value, i) => sum + value * key[i], 0) / Math.sqrt(headDim)
        }),
      )
      for (let i = 0; i < headDim; i++)
        attended.push(visible.reduce((sum, t, n) => sum + weights[n] * values[t][group * headDim + i], 0))
    }
    const after = applyLinear(linears.o, attended).map((value, i) => value + row[i])
    const inner = referenceRmsNorm(after, layer.mlpNorm, epsilon)
    const up = applyLinear(linears.up, inner)
    const gated = applyLinear(linears.gate, inner).map((g, i) => (g / (1 + Math.exp(-g))) * up[i])
    return applyLinear(linears.down, gated).map((value, i) => value + after[i])
  })
}

/** Returns the hidden states after the final norm: (S, H). */
export function referenceHidden(
  model: ReferenceModel,
  ids: readonly number[],
  real: readonly boolean[] = ids.map(() => true),
): Row[] {
  const { hidden } = model
  let x = ids.map((id) => Array.from({ length: hidden }, (_, i) => model.embedding[id * hidden + i]))
  for (const layer of model.layers) x = referenceLayer(model, layer, x, real)
  return x.map((row) => referenceRmsNorm(row, model.finalNorm, model.epsilon))
}

/** Returns the logits of a whole sequence: (S, V). */
export function referenceLogits(
  model: ReferenceModel,
  ids: readonly number[],
  real?: readonly boolean[],
): Row[] {
  const { hidden, vocabulary, head } = model
  return referenceHidden(model, ids, real).map((row) =>
    Array.from({ length: vocabulary }, (_, v) =>
      row.reduce((sum, value, i) => sum + value * head[v * hidden + i], 0),
    ),
  )
}

/** Returns the log-softmax of one row of logits, at temperature 1. */
export function referenceLogprobs(logits: Row): Row {
  const largest = Math.max(...logits)
  const sum = logits.reduce((all, value) => all + Math.exp(value - largest), 0)
  return logits.map((value) => value - largest - Math.log(sum))
}
