/** What decoding needs of memory, and how many rows are decoded together for it. */
import { powerOfTwo } from '../../exact_math'
import { ELEMENT_BYTES } from '../../onnx/proto_tensor'
import type { GraphPlan } from '../graphs/graphs'
import type { Backend } from '../runtime'

/** Rows decoded together, at most: enough to fill the products. */
export const MAX_ROWS = 128
/** Bytes that they need, at most; where one row alone needs more, it is decoded alone. */
const DECODE_BYTES = 256 * 2 ** 20
/** Decode steps between two looks at the results. */
export const CHUNK_STEPS = 12

/** What rows that are decoded together need of memory. */
export interface DecodeCost {
  /** Bytes of keys and values of a token, in all layers. */
  readonly perToken: number
  /** Bytes of what a row is sampled with. */
  readonly perRow: number
}

/**
 * On wasm a row is sampled with noise for every item of the vocabulary, of all steps of a chunk, and a few arrays of logits.
 * @param halvings makes rows count double so many times, so that fewer are decoded together
 */
export function decodeCost(
  backend: Backend,
  { config: { layers, kvHeads, headDim, vocabSize }, activations }: Pick<GraphPlan, 'config' | 'activations'>,
  halvings = 0,
): DecodeCost {
  return {
    perToken: powerOfTwo(halvings) * ELEMENT_BYTES[activations] * layers * 2 * kvHeads * headDim,
    perRow: backend === 'wasm' ? powerOfTwo(halvings) * 4 * (CHUNK_STEPS + 4) * vocabSize : 0,
  }
}

/** Rows of so many tokens, prompt included, that are decoded together. */
export function rowsTogether(tokens: number, { perToken, perRow }: DecodeCost): number {
  return Math.max(1, Math.min(MAX_ROWS, Math.floor(DECODE_BYTES / (tokens * perToken + perRow))))
}

/** Of all captured steps of a decoder (WebGPU), at most; the one in use may have more. */
export const CAPTURED_BYTES = 256 * 2 ** 20
/** Smallest shapes that are captured. */
const FEWEST_ROWS = 8
const FEWEST_SLOTS = 64

/** Rows and slots of the step that is captured for so many: powers of two, so that few are. */
export function capturedShape(
  rows: number,
  slots: number,
): { readonly rows: number; readonly slots: number } {
  return {
    rows: roundedUp(Math.max(FEWEST_ROWS, rows)),
    // One slot is added at least: a tensor without elements has no buffer.
    slots: roundedUp(Math.max(FEWEST_SLOTS, slots + 1)),
  }
}

/** The first power of two that is no less. */
function roundedUp(least: number): number {
  let power = 1
  while (power < least) power *= 2
  return power
}
