import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { grpoLoss, type LossBatch, type LossNormalizer, type LossSums } from '../grpo/grpo_loss'
import type { LossOptions } from '../grpo/types'
import type { ModelConfig } from './config'
import { tokenLogprobsGradGraph, tokenLogprobsGraph } from './head_graphs'
import { dispose, type Feeds, type Runtime } from './runtime'

/** The scored tokens of a micro-batch and what the loss needs to know of them; see `LossBatch`. */
export type HeadBatch = Omit<LossBatch, 'logp' | 'entropy'> & { readonly ids: Int32Array }

/** Everything after the final norm: lm_head, token logprobs, the loss and its gradient at the hidden states. */
export interface Head {
  /** hidden (T, H), ids (T) -> logprob (T) of each id at `temperature`. */
  logprobs(hidden: Tensor, ids: Int32Array, temperature: number): Promise<Float32Array>
  /** hidden (T, H) -> d loss / d hidden (T, H), owned by the caller, and the loss statistics. */
  loss(
    hidden: Tensor,
    batch: HeadBatch,
    options: LossOptions,
    normalizer: LossNormalizer,
  ): Promise<{ dhidden: Tensor; sums: LossSums }>
  close(): void
}

/** The head as ONNX graphs that take the vocabulary in tiles. For wasm. */
export class OrtHead implements Head {
  private constructor(
    private readonly runtime: Runtime,
    private readonly weight: Tensor,
    private readonly forward: InferenceSession,
    private readonly backward: InferenceSession,
  ) {}

  /** @param weight (V, H) f32, owned by the caller */
  static async create(runtime: Runtime, config: ModelConfig, weight: Tensor): Promise<OrtHead> {
    const forward = await runtime.session(tokenLogprobsGraph(config))
    const backward = await runtime.session(tokenLogprobsGradGraph(config))
    return new OrtHead(runtime, weight, forward, backward)
  }

  async logprobs(hidden: Tensor, ids: Int32Array, temperature: number): Promise<Float32Array> {
    const { logprobs, entropies, log_sum_exps } = await this.runtime.run(
      this.forward,
      this.inputs(hidden, ids, temperature),
    )
    dispose(entropies, log_sum_exps)
    return this.runtime.read(logprobs)
  }

  async loss(hidden: Tensor, batch: HeadBatch, options: LossOptions, normalizer: LossNormalizer) {
    const { runtime } = this
    const inputs = this.inputs(hidden, batch.ids, options.temperature)
    const { logprobs, entropies, log_sum_exps } = await runtime.run(this.forward, inputs)
    const [logp, entropy] = [await runtime.read(logprobs), await runtime.read(entropies)]
    const { coef, sums } = grpoLoss({ ...batch, logp, entropy }, options, normalizer)
    const coefficients = runtime.floats(coef, [coef.length, 1])
    const { dhidden } = await runtime.run(this.backward, { ...inputs, log_sum_exps, coefficients })
    dispose(logprobs, entropies, log_sum_exps, coefficients)
    return { dhidden, sums }
  }

  private inputs(hidden: Tensor, ids: Int32Array, temperature: number): Feeds {
    return {
      hidden,
      head: this.weight,
      ids: this.runtime.indices(ids, [ids.length]),
      inverse_temperature: this.runtime.hostFloats([1 / temperature], []),
    }
  }

  close(): void {}
}
