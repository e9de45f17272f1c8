/** How much of a forward pass is kept for the backward pass, and how large a pass may be. */
import { ELEMENT_BYTES, type FloatType } from '../../onnx/proto_tensor'
import { QUERY_BLOCKS } from '../graphs/attention'
import type { GraphPlan } from '../graphs/graphs'
import type { ModelConfig } from '../import/config'
import type { Backend } from '../runtime'

/** Bytes of activations that a pass may keep. */
const ROOM: Readonly<Record<Backend, number>> = { wasm: 128 * 2 ** 20, webgpu: 512 * 2 ** 20 }

/** Tokens of a training pass, the first of them that have room. On wasm so many fill the products and stay near the cache; on a GPU it is calls that cost. */
const PASSES: Readonly<Record<Backend, readonly number[]>> = {
  wasm: [1024],
  webgpu: [16384, 8192, 4096, 2048],
}

/** How the passes of a model are cut and what they keep, on a backend. */
export type PassPlan = Pick<
  GraphPlan,
  'queryBlocks' | 'weightSums' | 'activations' | 'tokensPerPass' | 'gradientCheckpointing'
>

/** What the results of a pass are as large as. */
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
 * How many tokens a pass has, padding included, and whether the results that `blockGraphs` keeps of so many have no room, so that each
 * layer keeps its input and computes the rest again (gradient checkpointing).
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
 * Bytes of the products of a pass over so many tokens in rows of so many. Per token and layer they are the queries, keys, values and what is
 * attended to, the residual, three vectors of the MLP, and a weight for each token of its row in each head.
 */
function productBytes(shape: PassShape, tokens: number, rowTokens: number): number {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim, layers } = shape.config
  const perToken = 2 * (heads + kvHeads) * headDim + 3 * intermediateSize + weightsPerToken(shape, rowTokens)
  return layers * tokens * (ELEMENT_BYTES.f32 * hiddenSize + ELEMENT_BYTES[shape.activations] * perToken)
}

/** Attention weights that a layer computes for a token of a row of so many, on average. */
function weightsPerToken({ config, queryBlocks }: PassShape, rowTokens: number): number {
  return (config.heads * rowTokens * (queryBlocks + 1)) / (2 * queryBlocks)
}

/** Bytes of arrays that a layer makes of so many tokens in rows of so many: attention weights, hidden states, vectors of the MLP. */
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

/** Bytes of all that is there of a layer while it is at it, about. */
export function layerBytes({ attention, hidden, mlp }: LayerArrays): number {
  return attention + 8 * hidden + 3 * mlp
}

/** Bytes that a training pass keeps between its halves: each layer's input, and its products where they are not made again. */
export function keptBytes(plan: GraphPlan, tokens: number, rowTokens: number): number {
  const inputs = (plan.config.layers + 1) * layerArrays(plan, tokens, rowTokens).hidden
  return inputs + (plan.gradientCheckpointing ? 0 : productBytes(plan, tokens, rowTokens))
}
