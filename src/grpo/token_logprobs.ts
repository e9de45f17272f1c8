import { exp } from '../exact_math'
import type { Matrix } from '../matrix/matrix'
import { headDot, readHeadRow } from './head_rows'
import { OnlineLogSumExp } from './log_sum_exp'

export interface TokenLogprobsInput {
  /** (T, H). */
  readonly hidden: Float32Array
  /** (V, H). */
  readonly head: Matrix
  /** (T): the token of each row whose logprob is computed, in [0, V). */
  readonly ids: Uint32Array
  /** Softmax temperature, > 0. */
  readonly temperature: number
}

/** Statistics of softmax(logits / temperature), all (T), in nats. */
export interface TokenLogprobs {
  readonly logprob: Float32Array
  readonly entropy: Float32Array
  /** log Σ exp(logit / temperature); the gradient needs it. */
  readonly logSumExp: Float32Array
}

/**
 * Computes hidden (T, H), head (V, H), ids (T) -> logprob, entropy (T). CPU reference of
 * `shaders/token_logprobs.wgsl`.
 */
export function tokenLogprobs(input: TokenLogprobsInput): TokenLogprobs {
  const { hidden, head, ids, temperature } = input
  const tokens = ids.length
  const softmax = new OnlineLogSumExp(tokens)
  const chosen = new Float64Array(tokens)
  const weights = new Float32Array(head.in)
  for (let v = 0; v < head.out; v++) {
    readHeadRow(head, v, weights)
    for (let t = 0; t < tokens; t++) {
      const logit = headDot(weights, hidden, t) / temperature
      softmax.add(t, logit)
      if (ids[t] === v) chosen[t] = logit
    }
  }
  return {
    logprob: Float32Array.from(chosen, (logit, t) => logit - softmax.logSumExp(t)),
    entropy: Float32Array.from(chosen, (_, t) => softmax.entropy(t)),
    logSumExp: Float32Array.from(chosen, (_, t) => softmax.logSumExp(t)),
  }
}

export interface TokenLogprobsGradInput extends TokenLogprobsInput {
  /** (T): d loss / d logprob. */
  readonly coef: Float32Array
  /** (T), from `tokenLogprobs`. */
  readonly logSumExp: Float32Array
}

/**
 * Computes d loss / d hidden (T, H) = coef / temperature · (head[id] - Σ_v softmax_v head[v]). CPU reference
 * of `shaders/token_logprobs_grad.wgsl`.
 */
export function tokenLogprobsGrad(input: TokenLogprobsGradInput): Float32Array {
  const { hidden, head, ids, temperature, coef, logSumExp } = input
  const tokens = ids.length
  const width = head.in
  const gradient = new Float64Array(tokens * width)
  const weights = new Float32Array(width)
  for (let v = 0; v < head.out; v++) {
    readHeadRow(head, v, weights)
    for (let t = 0; t < tokens; t++) {
      if (coef[t] === 0) continue
      const probability = exp(headDot(weights, hidden, t) / temperature - logSumExp[t])
      const factor = (coef[t] / temperature) * ((ids[t] === v ? 1 : 0) - probability)
      for (let h = 0; h < width; h++) gradient[t * width + h] += factor * weights[h]
    }
  }
  return Float32Array.from(gradient)
}
