/** The lm_head as graphs: logprobs of given tokens, and their gradient. For wasm and full training. */
import { gradients } from '../onnx/autodiff'
import { GraphBuilder } from '../onnx/graph'
import * as ops from '../onnx/ops'
import type { ModelDescription } from '../onnx/proto'
import type { ModelConfig } from './config'

/** hidden (T, H), head (V, H), inverse_temperature () -> log-softmax (T, V), inside the graph only. */
function logProbabilities(b: GraphBuilder, config: ModelConfig) {
  const hidden = b.input('hidden', 'f32', ['T', config.hiddenSize])
  const head = b.input('head', 'f32', [config.vocabSize, config.hiddenSize])
  const inverseTemperature = b.input('inverse_temperature', 'f32', [])
  const logits = ops.mul(b, ops.matMul(b, hidden, ops.transposeLast(b, head)), inverseTemperature)
  return { hidden, head, all: ops.logSoftmax(b, logits) }
}

/** hidden (T, H), head (V, H), ids (T, 1) i64, inverse_temperature () -> logprobs (T, 1), entropies (T, 1). */
export function tokenLogprobsGraph(config: ModelConfig): ModelDescription {
  const b = new GraphBuilder('token logprobs')
  const { all } = logProbabilities(b, config)
  b.output('logprobs', ops.gatherElements(b, all, b.input('ids', 'i64', ['T', 1])))
  b.output('entropies', ops.neg(b, ops.reduceSum(b, ops.mul(b, ops.exp(b, all), all), [-1], true)))
  return b.build()
}

/**
 * Backward of `tokenLogprobsGraph`: plus coefficients (T, 1) = d loss / d logprob
 * -> dhidden (T, H), and where `withHead` dhead (V, H).
 */
export function tokenLogprobsGradGraph(config: ModelConfig, withHead: boolean): ModelDescription {
  const b = new GraphBuilder('token logprobs backward')
  const { hidden, head, all } = logProbabilities(b, config)
  const logprobs = ops.gatherElements(b, all, b.input('ids', 'i64', ['T', 1]))
  const coefficients = b.input('coefficients', 'f32', ['T', 1])
  const [dhidden, dhead] = gradients(b, logprobs, coefficients, withHead ? [hidden, head] : [hidden])
  b.output('dhidden', dhidden)
  if (withHead) b.output('dhead', dhead)
  return b.build()
}
