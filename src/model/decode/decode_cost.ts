/** Memory of decoding, and the number of rows that fit together. */
import { powerOfTwo } from '../../exact_math'
import { ELEMENT_BYTES } from '../../onnx/proto_tensor'
import type { GraphPlan } from '../graphs/graphs'
import type { Backend } from '../runtime'

/** Maximum rows decoded together: enough to fill the products. */
export const MAX_ROWS = 128
/** Maximum bytes of rows decoded together. A single row that needs more is decoded alone. */
const DECODE_BYTES = 256 * 2 ** 20
/** Decode steps between two reads of the results. */
export const CHUNK_STEPS = 12

/** Memory of rows that are decoded together. */
export interface DecodeCost {
  /** Bytes of a token's keys and values in all layers. */
  readonly perToken: number
  /** Bytes that sampling needs per row. */
  readonly perRow: number
}

/**
 * Returns the memory of decoding. On wasm a row needs noise for every item of the vocabulary, for all steps
 * of a chunk, and a few arrays of logits.
 * @param halvings doubles the cost of a row this many times, so that fewer are decoded together
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

/** Returns how many rows of `tokens` tokens, prompt included, are decoded together. */
export function rowsTogether(tokens: number, { perToken, perRow }: DecodeCost): number {
  return Math.max(1, Math.min(MAX_ROWS, Math.floor(DECODE_BYTES / (tokens * perToken + perRow))))
}

/** Maximum bytes of all captured steps of a decoder (WebGPU). The step in use may have more. */
export const CAPTURED_BYTES = 256 * 2 ** 20
/** Smallest captured shape. */
const FEWEST_ROWS = 8
const FEWEST_SLOTS = 64

/** Returns the captured shape for these rows and slots: powers of two, so that there are few. */
export function capturedShape(
  rows: number,
  slots: number,
): { readonly rows: number; readonly slots: number } {
  return {
    rows: roundedUp(Math.max(FEWEST_ROWS, rows)),
    // At least one slot is added: a tensor without elements has no buffer.
    slots: roundedUp(Math.max(FEWEST_SLOTS, slots + 1)),
  }
}

/** Returns the smallest power of two that is at least `least`. */
function roundedUp(least: number): number {
  let power = 1
  while (power < least) power *= 2
  return power
}
