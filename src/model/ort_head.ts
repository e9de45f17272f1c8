import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { grpoLoss, type LossBatch, type LossNormalizer, type LossSums } from '../grpo/grpo_loss'
import type { LossOptions } from '../grpo/types'
import type { Matrix } from '../matrix/matrix'
import { frozenHeadGraph, type HeadTiles, headTiles } from './graphs/head_graphs'
import type { ModelConfig } from './import/config'
import { dispose, type Feeds, type Runtime } from './runtime'

/** The scored tokens of a micro-batch with the loss's data about them; see `LossBatch`. */
export type HeadBatch = Omit<LossBatch, 'logp' | 'entropy'> & {
  readonly ids: Int32Array
  /** Sequences of the batch whose logprobs are returned as well. */
  readonly watched: readonly number[]
}

/**
 * Everything after the final norm: lm_head, token logprobs, the loss and its gradient at the hidden states.
 */
export interface Head {
  /** hidden (T, H), ids (T) -> logprob (T) of each id at `temperature`. */
  logprobs(hidden: Tensor, ids: Int32Array, temperature: number): Promise<Float32Array>
  /**
   * hidden (T, H) -> d loss / d hidden (T, H), owned by the caller, the loss statistics, and the logprobs of
   * the watched sequences. The last two are promises: a device idles while they are read, and the backward
   * pass need not wait for them.
   */
  loss(
    hidden: Tensor,
    batch: HeadBatch,
    options: LossOptions,
    normalizer: LossNormalizer,
  ): Promise<{ dhidden: Tensor; sums: Promise<LossSums>; watched: Promise<readonly Float32Array[]> }>
}

/** Maximum bytes of one head run's intermediates. */
const RUN_BYTES = 1 << 21

/** The head as an ONNX graph for wasm. It takes the vocabulary in tiles and some tokens a run. */
export class OrtHead implements Head {
  private constructor(
    private readonly runtime: Runtime,
    private readonly hiddenSize: number,
    private readonly tiles: HeadTiles,
    private readonly session: InferenceSession,
  ) {}

  /** @param weight (V, H); the session keeps a copy */
  static async create(runtime: Runtime, config: ModelConfig, weight: Matrix): Promise<OrtHead> {
    const session = await runtime.session(frozenHeadGraph(config, weight))
    return new OrtHead(runtime, config.hiddenSize, headTiles(config.vocabSize), session)
  }

  async logprobs(hidden: Tensor, ids: Int32Array, temperature: number): Promise<Float32Array> {
    return (await this.score(await this.runtime.read(hidden), ids, temperature)).logp
  }

  async loss(hidden: Tensor, batch: HeadBatch, options: LossOptions, normalizer: LossNormalizer) {
    const { runtime, hiddenSize } = this
    const { ids } = batch
    const values = await runtime.read(hidden)
    const { logp, entropy, logSumExps } = await this.score(values, ids, options.temperature)
    const { coef, sums } = grpoLoss({ ...batch, logp, entropy }, options, normalizer)
    const dhidden = new Float32Array(values.length)
    for (const run of this.runs(values, ids, options.temperature)) {
      const column = (data: Float32Array) => runtime.floats(data.subarray(run.start, run.end), [run.count, 1])
      const given = { log_sum_exps_in: column(logSumExps), coefficients: column(coef) }
      const feeds = { ...run.feeds, ...given, ...this.passes(0, 1) }
      const out = await runtime.run(this.session, feeds, ['dhidden'])
      dhidden.set(await runtime.read(out.dhidden), run.start * hiddenSize)
      dispose(out.dhidden)
    }
    const watched = batch.watched.map((s) => logp.subarray(batch.offsets[s], batch.offsets[s + 1]))
    return {
      dhidden: runtime.floats(dhidden, [ids.length, hiddenSize]),
      sums: Promise.resolve(sums),
      watched: Promise.resolve(watched),
    }
  }

  private async score(hidden: Float32Array, ids: Int32Array, temperature: number) {
    const { runtime } = this
    const [logp, entropy, logSumExps] = [0, 1, 2].map(() => new Float32Array(ids.length))
    for (const { start, count, feeds } of this.runs(hidden, ids, temperature)) {
      const zeros = runtime.floats(new Float32Array(count), [count, 1])
      const given = { log_sum_exps_in: zeros, coefficients: zeros, ...this.passes(1, 0) }
      const wanted = ['logprobs', 'entropies', 'log_sum_exps']
      const out = await runtime.run(this.session, { ...feeds, ...given }, wanted)
      logp.set(await runtime.read(out.logprobs), start)
      entropy.set(await runtime.read(out.entropies), start)
      logSumExps.set(await runtime.read(out.log_sum_exps), start)
      dispose(...Object.values(out))
    }
    return { logp, entropy, logSumExps }
  }

  private passes(score: 0 | 1, differentiate: 0 | 1): Feeds {
    return {
      score: this.runtime.hostInts([score], []),
      differentiate: this.runtime.hostInts([differentiate], []),
    }
  }

  /**
   * Yields runs of as many tokens as `RUN_BYTES` allow. A token needs about eight values per element of its
   * hidden state, and three per logit of a tile.
   */
  private *runs(hidden: Float32Array, ids: Int32Array, temperature: number) {
    const { hiddenSize, tiles } = this
    const most = Math.ceil(RUN_BYTES / 4 / (8 * hiddenSize + 3 * tiles.size))
    for (let start = 0; start < ids.length; start += most) {
      const end = Math.min(ids.length, start + most)
      const count = end - start
      const values = hidden.subarray(start * hiddenSize, end * hiddenSize)
      const places = Array.from(ids.subarray(start, end)).flatMap((id) => [
        Math.floor(id / tiles.size),
        id % tiles.size,
      ])
      const feeds: Feeds = {
        hidden: this.runtime.floats(values, [count, hiddenSize]),
        places: this.runtime.hostInts(places, [count, 2]),
        ids: this.runtime.indices(ids.subarray(start, end), [count]),
        inverse_temperature: this.runtime.hostFloats([1 / temperature], []),
      }
      yield { start, end, count, feeds }
    }
  }
}
