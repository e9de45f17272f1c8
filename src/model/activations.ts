/** How much of a forward pass is kept for the backward pass, and how large a pass may be. */
import { ELEMENT_BYTES } from '../onnx/proto'
import type { GraphPlan } from './graphs'
import type { Backend } from './runtime'

/** Tokens per training pass, padding included. On wasm they fill the products and stay near the cache; on a GPU calls are what costs. */
export const TOKENS_PER_PASS: Readonly<Record<Backend, number>> = { wasm: 1024, webgpu: 2048 }

/** Bytes of activations that a pass may keep. */
const ROOM = 128 * 2 ** 20

/**
 * Whether the results that `blockGraphs` keeps of a pass have no room, so that each layer keeps its input and computes the rest again
 * (gradient checkpointing). Per token and layer they are the queries, keys, values and what is attended to, the residual, three vectors of the
 * MLP, and a weight for each token of its row in each head.
 */
export function needsCheckpointing(
  { config, queryBlocks, activations }: Pick<GraphPlan, 'config' | 'queryBlocks' | 'activations'>,
  tokensPerPass: number,
): boolean {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim, layers, maxPositions } = config
  const pairs = (Math.min(maxPositions, tokensPerPass) * (queryBlocks + 1)) / (2 * queryBlocks)
  const perToken = 2 * (heads + kvHeads) * headDim + 3 * intermediateSize + heads * pairs
  const bytes = ELEMENT_BYTES.f32 * hiddenSize + ELEMENT_BYTES[activations] * perToken
  return layers * tokensPerPass * bytes > ROOM
}
