import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { grpoLoss, type LossBatch, type LossNormalizer, type LossSums } from '../grpo/grpo_loss'
import type { LossOptions } from '../grpo/types'
import type { ModelConfig } from './config'
import { tokenLogprobsGradGraph, tokenLogprobsGraph } from './head_graphs'
import { dispose, type Runtime } from './runtime'

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

/** Elements of the (tokens, vocabulary) tile that one run of the head graph may make: 4 MB of f32. */
const TILE_ELEMENTS = 1 << 20

/** The head as ONNX graphs, over tiles of tokens so that (T, V) is never whole in memory. For wasm. */
export class OrtHead implements Head {
  private constructor(
    private readonly runtime: Runtime,
    private readonly config: ModelConfig,
    private readonly weight: Tensor,
    private readonly forward: InferenceSession,
    private readonly backward: InferenceSession,
  ) {}

  /** @param weight (V, H) f32, owned by the caller */
  static async create(runtime: Runtime, config: ModelConfig, weight: Tensor): Promise<OrtHead> {
    const forward = await runtime.session(tokenLogprobsGraph(config))
    const backward = await runtime.session(tokenLogprobsGradGraph(config, false))
    return new OrtHead(runtime, config, weight, forward, backward)
  }

  async logprobs(hidden: Tensor, ids: Int32Array, temperature: number): Promise<Float32Array> {
    return (await this.score(await this.runtime.read(hidden), ids, temperature)).logprobs
  }

  async loss(hidden: Tensor, batch: HeadBatch, options: LossOptions, normalizer: LossNormalizer) {
    const { runtime, config } = this
    const values = await runtime.read(hidden)
    const { ids } = batch
    const { logprobs: logp, entropies: entropy } = await this.score(values, ids, options.temperature)
    const { coef, sums } = grpoLoss({ ...batch, logp, entropy }, options, normalizer)
    const dhidden = new Float32Array(values.length)
    for (const [start, end] of this.tiles(ids.length)) {
      const out = await runtime.run(this.backward, {
        ...this.inputs(values, ids, start, end, options.temperature),
        coefficients: runtime.floats(coef.subarray(start, end), [end - start, 1]),
      })
      dhidden.set(await runtime.read(out.dhidden), start * config.hiddenSize)
      dispose(out.dhidden)
    }
    return { dhidden: runtime.floats(dhidden, [ids.length, config.hiddenSize]), sums }
  }

  private async score(hidden: Float32Array, ids: Int32Array, temperature: number) {
    const logprobs = new Float32Array(ids.length)
    const entropies = new Float32Array(ids.length)
    for (const [start, end] of this.tiles(ids.length)) {
      const out = await this.runtime.run(this.forward, this.inputs(hidden, ids, start, end, temperature))
      logprobs.set(await this.runtime.read(out.logprobs), start)
      entropies.set(await this.runtime.read(out.entropies), start)
      dispose(out.logprobs, out.entropies)
    }
    return { logprobs, entropies }
  }

  private inputs(hidden: Float32Array, ids: Int32Array, start: number, end: number, temperature: number) {
    const width = this.config.hiddenSize
    return {
      hidden: this.runtime.floats(hidden.subarray(start * width, end * width), [end - start, width]),
      head: this.weight,
      ids: this.runtime.hostInts(Array.from(ids.subarray(start, end)), [end - start, 1]),
      inverse_temperature: this.runtime.hostFloats([1 / temperature], []),
    }
  }

  private *tiles(tokens: number): Generator<readonly [number, number]> {
    const size = Math.max(1, Math.floor(TILE_ELEMENTS / this.config.vocabSize))
    for (let start = 0; start < tokens; start += size) yield [start, Math.min(tokens, start + size)]
  }

  close(): void {}
}
