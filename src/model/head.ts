import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { grpoLoss, type LossBatch, type LossNormalizer, type LossSums } from '../grpo/grpo_loss'
import type { LossOptions } from '../grpo/types'
import type { ModelConfig } from './config'
import { frozenHeadGraph, HEAD_TILE } from './head_graphs'
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

/** Of what one run of the head makes besides a tile of the head itself. */
const RUN_BYTES = 1 << 20

/** The head as an ONNX graph that takes the vocabulary in tiles, some tokens a run. For wasm. */
export class OrtHead implements Head {
  private constructor(
    private readonly runtime: Runtime,
    private readonly config: Pick<ModelConfig, 'vocabSize' | 'hiddenSize'>,
    private readonly session: InferenceSession,
  ) {}

  /** @param weight (V, H) f32; the session has a copy */
  static async create(runtime: Runtime, config: ModelConfig, weight: Float32Array): Promise<OrtHead> {
    return new OrtHead(runtime, config, await runtime.session(frozenHeadGraph(config, weight)))
  }

  async logprobs(hidden: Tensor, ids: Int32Array, temperature: number): Promise<Float32Array> {
    return (await this.score(await this.runtime.read(hidden), ids, temperature)).logp
  }

  async loss(hidden: Tensor, batch: HeadBatch, options: LossOptions, normalizer: LossNormalizer) {
    const { runtime, config } = this
    const { ids } = batch
    const values = await runtime.read(hidden)
    const { logp, entropy, logSumExps } = await this.score(values, ids, options.temperature)
    const { coef, sums } = grpoLoss({ ...batch, logp, entropy }, options, normalizer)
    const dhidden = new Float32Array(values.length)
    for (const run of this.runs(values, ids, options.temperature)) {
      const column = (data: Float32Array) => runtime.floats(data.subarray(run.start, run.end), [run.count, 1])
      const passes = { scored_tiles: this.tiles(0), gradient_tiles: this.tiles() }
      const given = { log_sum_exps_in: column(logSumExps), coefficients: column(coef) }
      const out = await runtime.run(this.session, { ...run.feeds, ...passes, ...given })
      dhidden.set(await runtime.read(out.dhidden), run.start * config.hiddenSize)
      dispose(...Object.values(out))
    }
    return { dhidden: runtime.floats(dhidden, [ids.length, config.hiddenSize]), sums }
  }

  private async score(hidden: Float32Array, ids: Int32Array, temperature: number) {
    const { runtime } = this
    const [logp, entropy, logSumExps] = [0, 1, 2].map(() => new Float32Array(ids.length))
    for (const { start, count, feeds } of this.runs(hidden, ids, temperature)) {
      const zeros = runtime.floats(new Float32Array(count), [count, 1])
      const passes = { scored_tiles: this.tiles(), gradient_tiles: this.tiles(0) }
      const given = { log_sum_exps_in: zeros, coefficients: zeros }
      const out = await runtime.run(this.session, { ...feeds, ...passes, ...given })
      logp.set(await runtime.read(out.logprobs), start)
      entropy.set(await runtime.read(out.entropies), start)
      logSumExps.set(await runtime.read(out.log_sum_exps), start)
      dispose(...Object.values(out))
    }
    return { logp, entropy, logSumExps }
  }

  private tiles(count = Math.ceil(this.config.vocabSize / HEAD_TILE)): Tensor {
    return this.runtime.hostInts([count], [])
  }

  /** As many tokens a run as `RUN_BYTES` allow: about eight values for each of their hidden states, and three for a tile's logits. */
  private *runs(hidden: Float32Array, ids: Int32Array, temperature: number) {
    const { hiddenSize, vocabSize } = this.config
    const most = Math.ceil(RUN_BYTES / 4 / (8 * hiddenSize + 3 * Math.min(vocabSize, HEAD_TILE)))
    for (let start = 0; start < ids.length; start += most) {
      const end = Math.min(ids.length, start + most)
      const count = end - start
      const feeds: Feeds = {
        hidden: this.runtime.floats(hidden.subarray(start * hiddenSize, end * hiddenSize), [
          count,
          hiddenSize,
        ]),
        ids: this.runtime.indices(ids.subarray(start, end), [count]),
        inverse_temperature: this.runtime.hostFloats([1 / temperature], []),
      }
      yield { start, end, count, feeds }
    }
  }

  close(): void {}
}
