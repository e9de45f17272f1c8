/** How much of a forward pass is kept for the backward pass, and how large a pass may be. */
import { ELEMENT_BYTES, type FloatType } from '../../onnx/proto_tensor'
import { QUERY_BLOCKS } from '../graphs/attention'
import type { GraphPlan } from '../graphs/graphs'
import type { ModelConfig } from '../import/config'
import type { Backend } from '../runtime'

/** Maximum bytes of activations that a pass keeps. */
const ROOM: Readonly<Record<Backend, number>> = { wasm: 128 * 2 ** 20, webgpu: 512 * 2 ** 20 }

/**
 * Possible numbers of tokens of a training pass; the first that fits is used. On wasm 1024 tokens fill the
 * products and stay near the cache; on a GPU the number of calls costs.
 */
const PASSES: Readonly<Record<Backend, readonly number[]>> = {
  wasm: [1024],
  webgpu: [16384, 8192, 4096, 2048],
}

/** How a backend cuts the passes of a model, and what they keep. */
export type PassPlan = Pick<
  GraphPlan,
  'queryBlocks' | 'weightSums' | 'activations' | 'tokensPerPass' | 'gradientCheckpointing'
>

/** The parts of a plan that decide the size of a pass's results. */
type PassShape = Pick<GraphPlan, 'config' | 'queryBlocks' | 'activations'>

export function passPlan(config: ModelConfig, backend: Backend, activations: FloatType): PassPlan {
  const cut = { queryBlocks: backend === 'wasm' ? QUERY_BLOCKS : 1, activations }
  return {
    ...cut,
    weightSums: backend === 'wasm' ? 'at once' : 'by row',
    ...passSize({ config, ...cut }, backend),
  }
}

/**
 * Returns the tokens of a pass, including padding. Where the results that `blockGraphs` keeps do not fit,
 * each layer keeps only its input and computes the rest again (gradient checkpointing).
 */
export function passSize(
  shape: PassShape,
  backend: Backend,
): Pick<GraphPlan, 'tokensPerPass' | 'gradientCheckpointing'> {
  const { maxPositions } = shape.config
  const hasRoom = (tokens: number) =>
    productBytes(shape, tokens, Math.min(maxPositions, tokens)) <= ROOM[backend]
  const largest = PASSES[backend].find(hasRoom)
  const tokensPerPass = largest ?? Math.min(...PASSES[backend])
  return { tokensPerPass, gradientCheckpointing: largest === undefined }
}

/**
 * Returns the bytes of a pass's products, for `tokens` tokens in rows of `rowTokens`. Per token and layer
 * they are the queries, keys, values and attention output, the residual, three vectors of the MLP, and in
 * each head a weight for each token of its row.
 */
function productBytes(shape: PassShape, tokens: number, rowTokens: number): number {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim, layers } = shape.config
  const perToken = 2 * (heads + kvHeads) * headDim + 3 * intermediateSize + weightsPerToken(shape, rowTokens)
  return layers * tokens * (ELEMENT_BYTES.f32 * hiddenSize + ELEMENT_BYTES[shape.activations] * perToken)
}

/** Returns the mean attention weights that a layer computes for a token of a row of `rowTokens` tokens. */
function weightsPerToken({ config, queryBlocks }: PassShape, rowTokens: number): number {
  return (config.heads * rowTokens * (queryBlocks + 1)) / (2 * queryBlocks)
}

/**
 * Bytes of a layer's arrays for some tokens in rows of some length: attention weights, hidden states, MLP
 * vectors.
 */
export interface LayerArrays {
  readonly attention: number
  readonly hidden: number
  readonly mlp: number
}

export function layerArrays(shape: PassShape, tokens: number, rowTokens: number): LayerArrays {
  const { hiddenSize, intermediateSize } = shape.config
  const element = ELEMENT_BYTES[shape.activations]
  return {
    attention: tokens * element * weightsPerToken(shape, rowTokens),
    hidden: tokens * ELEMENT_BYTES.f32 * hiddenSize,
    mlp: tokens * element * intermediateSize,
  }
}

/** Returns the approximate bytes of all arrays of a layer while it runs. */
export function layerBytes({ attention, hidden, mlp }: LayerArrays): number {
  return attention + 8 * hidden + 3 * mlp
}

/**
 * Returns the bytes that a training pass keeps between its halves: each layer's input, and its products where
 * they are not computed again.
 */
export function keptBytes(plan: GraphPlan, tokens: number, rowTokens: number): number {
  const inputs = (plan.config.layers + 1) * layerArrays(plan, tokens, rowTokens).hidden
  return inputs + (plan.gradientCheckpointing ? 0 : productBytes(plan, tokens, rowTokens))
}
