/**
 * The decoder in jax-js, as functions to differentiate and compile. The library counts references: every function here takes over the
 * arrays it is given, and `.ref` keeps one for another use.
 */
import { nn, numpy as np, tree } from '@jax-js/jax'
import type { Linear, ModelConfig } from '../../model/import/config'

type Named = { [name: string]: np.Array }

export type JaxLayer = {
  /** (in, out) each. */
  linears: Record<Linear, np.Array>
  attentionNorm: np.Array
  mlpNorm: np.Array
  /** Of q, k and v, where there are any. */
  biases: Named
  /** Of q and k, where there are any. */
  headNorms: Named
}

export type JaxWeights = {
  /** (V, H). */
  embedding: np.Array
  layers: JaxLayer[]
}

export type JaxHead = {
  /** (H). */
  finalNorm: np.Array
  /** (V, H). */
  rows: np.Array
  /** (H, W): the same, transposed, with the vocabulary padded to W. */
  columns: np.Array
  /** (W), added to logits: -1e9 where the vocabulary is padded. */
  vocabulary: np.Array
}

/** `q.a` (in, r), `q.b` (r, out) …, a record for each layer. */
export type JaxLora = Named[]

/** Rows of tokens, and tables of their length (see `LengthTables`). */
export type JaxRows = {
  /** (B, S). */
  ids: np.Array
  cos: np.Array
  sin: np.Array
  mask: np.Array
  turn: np.Array
}

/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis. */
function rmsNorm(x: np.Array, weight: np.Array, epsilon: number): np.Array {
  const meanSquare = np.mean(np.square(x.ref), -1, { keepdims: true })
  return x.div(np.sqrt(meanSquare.add(epsilon))).mul(weight)
}

/** Heads (B, S, heads, D) turned by their positions. */
function rotate(x: np.Array, { cos, sin, turn }: Pick<JaxRows, 'cos' | 'sin' | 'turn'>): np.Array {
  return x.ref.mul(cos).add(np.matmul(x, turn).mul(sin))
}

/**
 * x, written to memory in its present layout. The compiler takes what one product alone uses into that product, and a transposed operand
 * or a division within it then keeps it from vectorizing: the product takes up to ten times as long. Results of sums are always written.
 */
function stored(x: np.Array): np.Array {
  return np.sum(np.expandDims(x, -1), -1)
}

/** x, whose gradient is written to memory (see `stored`): that of a broadcast is a sum. */
function storedGradient(x: np.Array): np.Array {
  const { shape } = x
  return np.broadcastTo(x, [1, ...shape]).reshape(shape)
}

/** x (B, S, H) -> (B, S, H). */
function decoderLayer(
  config: ModelConfig,
  scale: number,
  x: np.Array,
  lora: Named,
  { linears, attentionNorm, mlpNorm, biases, headNorms }: JaxLayer,
  { cos, sin, mask, turn }: Omit<JaxRows, 'ids'>,
): np.Array {
  const { heads, kvHeads, headDim, rmsNormEpsilon: epsilon } = config
  const [batch, length] = x.shape
  // LoRA goes into the weight, as ours does where that is cheaper; beside it are more kernels, and a step takes longer.
  const linear = (which: Linear, input: np.Array) => {
    const product = np.matmul(lora[`${which}.a`], lora[`${which}.b`]).mul(scale)
    const y = np.matmul(input, linears[which].add(product))
    return biases[which] ? y.add(biases[which]) : y
  }
  const headsOf = (which: 'q' | 'k' | 'v', input: np.Array, count: number) => {
    const split = linear(which, input).reshape([batch, length, count, headDim])
    return headNorms[which] ? rmsNorm(split, headNorms[which], epsilon) : split
  }

  const normed = rmsNorm(x.ref, attentionNorm, epsilon)
  const q = rotate(headsOf('q', normed.ref, heads), { cos: cos.ref, sin: sin.ref, turn: turn.ref })
  const k = rotate(headsOf('k', normed.ref, kvHeads), { cos, sin, turn })
  const v = headsOf('v', normed, kvHeads)
  const group = heads / kvHeads
  // Query heads of one key head are stacked as rows, so that keys and values need no repeating.
  const queries = np
    .transpose(q.mul(headDim ** -0.5).reshape([batch, length, kvHeads, group, headDim]), [0, 2, 3, 1, 4])
    .reshape([batch, kvHeads, group * length, headDim])
  const scores = np
    .matmul(queries, stored(np.transpose(k, [0, 2, 3, 1])))
    .reshape([batch, kvHeads, group, length, length])
    .add(mask)
  const weights = nn.softmax(scores, -1).reshape([batch, kvHeads, group * length, length])
  const mixed = np
    .matmul(weights, np.transpose(v, [0, 2, 1, 3]))
    .reshape([batch, kvHeads, group, length, headDim])
  const joined = np.transpose(mixed, [0, 3, 1, 2, 4]).reshape([batch, length, heads * headDim])
  const h = x.add(linear('o', joined))

  const normed2 = rmsNorm(h.ref, mlpNorm, epsilon)
  const gate = nn.silu(linear('gate', normed2.ref))
  return h.add(linear('down', gate.mul(linear('up', normed2))))
}

/** The layers: hidden states before the final norm, (B S, H). */
export function hiddenStates(
  config: ModelConfig,
  scale: number,
  lora: JaxLora,
  { embedding, layers }: JaxWeights,
  { ids, ...tables }: JaxRows,
): np.Array {
  const [batch, length] = ids.shape
  let x = np.take(embedding, ids, 0)
  lora.forEach((parameters, i) => {
    x = decoderLayer(config, scale, x, parameters, layers[i], tree.ref(tables))
  })
  tree.dispose(tables)
  return x.reshape([batch * length, config.hiddenSize])
}

/** Logprobs (T) of `ids` (T) at the hidden states (T, H) that predict them. */
export function tokenLogprobs(
  epsilon: number,
  hidden: np.Array,
  { finalNorm, rows, columns, vocabulary }: JaxHead,
  ids: np.Array,
): np.Array {
  const normed = rmsNorm(hidden, finalNorm, epsilon)
  // The logit that is wanted is a dot product of its own: reading it out of all of them costs more, and its gradient a scatter.
  const chosen = np.sum(normed.ref.mul(np.take(rows, ids, 0)), -1)
  const logits = storedGradient(np.matmul(normed, columns).add(vocabulary))
  return chosen.sub(nn.logsumexp(logits, -1))
}
