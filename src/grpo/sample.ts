import { log } from '../exact_math'
import type { Matrix } from '../matrix/matrix'
import { type Key, philox, uniformFromBits } from '../random'
import { headDot, readHeadRow } from './head_rows'
import { OnlineLogSumExp } from './log_sum_exp'

/** Fourth counter word of every draw that samples a token ("samp"). */
const SAMPLE_STREAM = 0x73616d70

/**
 * Draws the uniforms of Gumbel-max sampling: item v of a row with key k at position p gets lane v & 3 of
 * Philox(counter (v >> 2, p, 0, "samp"), key k), the same as in `shaders/sample.wgsl`. keys (B, 2), positions
 * (B) -> out (B, V), each in (0, 1).
 */
export function gumbelUniforms(
  keys: Uint32Array,
  positions: Uint32Array,
  vocabulary: number,
  out: Float32Array,
): void {
  const block = new Uint32Array(4)
  for (let b = 0; b < positions.length; b++) {
    const key: Key = [keys[2 * b], keys[2 * b + 1]]
    const position = positions[b]
    const start = b * vocabulary
    for (let v = 0; v < vocabulary; v += 4) {
      philox(v >>> 2, position, 0, SAMPLE_STREAM, key, block)
      const lanes = Math.min(4, vocabulary - v)
      for (let lane = 0; lane < lanes; lane++) out[start + v + lane] = uniformFromBits(block[lane])
    }
  }
}

export interface SampleInput {
  /** (B, H). */
  readonly hidden: Float32Array
  /** (V, H). */
  readonly head: Matrix
  /** (B, 2): the Philox key of each row. */
  readonly keys: Uint32Array
  /** (B): the sampled position, so that each token of a row has its own noise. */
  readonly positions: Uint32Array
  /** Softmax temperature; 0 takes the most likely token and returns its logprob at temperature 1. */
  readonly temperature: number
}

/**
 * Samples tokens: hidden (B, H), head (V, H) -> id (B), logprob (B). Ties go to the lowest id. CPU reference
 * of `shaders/sample.wgsl`.
 */
export function sample(input: SampleInput): { ids: Uint32Array; logprobs: Float32Array } {
  const { hidden, head, keys, positions, temperature } = input
  const rows = positions.length
  const greedy = temperature === 0
  const inverse = greedy ? 1 : 1 / temperature
  const uniforms = new Float32Array(rows * head.out)
  if (!greedy) gumbelUniforms(keys, positions, head.out, uniforms)
  const best = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY)
  const bestLogit = new Float64Array(rows)
  const ids = new Uint32Array(rows)
  const softmax = new OnlineLogSumExp(rows)
  const weights = new Float32Array(head.in)
  for (let v = 0; v < head.out; v++) {
    readHeadRow(head, v, weights)
    for (let b = 0; b < rows; b++) {
      const logit = headDot(weights, hidden, b) * inverse
      softmax.add(b, logit)
      const score = greedy ? logit : logit - log(-log(uniforms[b * head.out + v]))
      if (score > best[b]) {
        best[b] = score
        bestLogit[b] = logit
        ids[b] = v
      }
    }
  }
  const logprobs = Float32Array.from(bestLogit, (logit, b) => logit - softmax.logSumExp(b))
  return { ids, logprobs }
}
