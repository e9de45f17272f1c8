/**
 * The layers of a model, run one by one: embedding, blocks, final norm, and back. Keeping only each
 * layer's input is gradient checkpointing (Chen et al., 2016): memory O(layers · tokens · H).
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import type { SequenceBatch } from './batch'
import type { DecodeState } from './decode'
import * as graphs from './graphs'
import type { ModelTensors } from './model_tensors'
import { causalMask } from './rotary'
import { dispose, type Feeds, type Runtime } from './runtime'

/** Activations of a forward pass that a backward pass starts from; `close` frees them. */
export interface Trace {
  /** Input of each layer, then the output of the last, (B, S, H). */
  readonly inputs: readonly Tensor[]
  readonly mask: Tensor
  readonly rows: Tensor
  close(): void
}

interface Sessions {
  readonly embed: InferenceSession
  readonly forward: InferenceSession
  readonly backward: InferenceSession
  readonly norm: InferenceSession
  readonly normBackward: InferenceSession
}

export class Transformer {
  private constructor(
    private readonly runtime: Runtime,
    private readonly tensors: ModelTensors,
    private readonly sessions: Sessions,
    private readonly start: Tensor,
  ) {}

  static async create(runtime: Runtime, tensors: ModelTensors): Promise<Transformer> {
    const { plan } = tensors
    const sessions = {
      embed: await runtime.session(graphs.embedGraph(plan)),
      forward: await runtime.session(graphs.blockForwardGraph(plan)),
      backward: await runtime.session(graphs.blockBackwardGraph(plan)),
      norm: await runtime.session(graphs.finalNormGraph(plan.config)),
      normBackward: await runtime.session(graphs.finalNormBackwardGraph(plan.config)),
    }
    return new Transformer(runtime, tensors, sessions, runtime.hostInts([0]))
  }

  /**
   * Hidden states after the final norm at the wanted positions.
   * @param ids (B, S) right-padded, flat
   * @param rows (T) flat positions into (B, S)
   * @param lora the adapter's flat parameters per layer
   * @returns hidden (T, H), owned by the caller, and the trace
   */
  async forward(
    ids: Int32Array,
    batch: number,
    length: number,
    rows: Int32Array,
    lora: readonly Tensor[],
  ): Promise<{ hidden: Tensor; trace: Trace }> {
    const { inputs, mask } = await this.layers(ids, batch, length, lora, (cache) =>
      dispose(...Object.values(cache)),
    )
    const { runtime } = this
    const wanted = runtime.indices(rows, [rows.length])
    const last = inputs[inputs.length - 1]
    const { hidden } = await runtime.run(this.sessions.norm, {
      x: last,
      rows: wanted,
      ...this.tensors.finalNorm,
    })
    return {
      hidden,
      trace: { inputs, mask, rows: wanted, close: () => dispose(...inputs, mask, wanted) },
    }
  }

  /** The prompt pass: hidden state after each row's last token, and every layer's keys and values. */
  async prefill(
    ids: Int32Array,
    lengths: readonly number[],
    length: number,
    lora: readonly Tensor[],
  ): Promise<DecodeState> {
    const cache: Feeds = {}
    const batch = lengths.length
    const { inputs, mask } = await this.layers(ids, batch, length, lora, (entry, layer) => {
      cache[`l${layer}.keys`] = entry.keys
      cache[`l${layer}.values`] = entry.values
    })
    const ends = Int32Array.from(lengths, (end, row) => row * length + end - 1)
    const rows = this.runtime.indices(ends, [batch])
    const x = inputs[inputs.length - 1]
    const { hidden } = await this.runtime.run(this.sessions.norm, { x, rows, ...this.tensors.finalNorm })
    dispose(...inputs, mask, rows)
    return { hidden, cache }
  }

  private async layers(
    ids: Int32Array,
    batch: number,
    length: number,
    lora: readonly Tensor[],
    onCache: (entry: { keys: Tensor; values: Tensor }, layer: number) => void,
  ): Promise<{ inputs: Tensor[]; mask: Tensor }> {
    const { runtime, sessions, tensors } = this
    const tokens = runtime.indices(ids, [batch, length])
    const mask = runtime.floats(causalMask(length), [length, length])
    const inputs = [(await runtime.run(sessions.embed, { ids: tokens, ...tensors.embedding })).x]
    dispose(tokens)
    for (const [layer, weights] of tensors.layers.entries()) {
      const x = inputs[inputs.length - 1]
      const { y, keys, values } = await runtime.run(sessions.forward, {
        ...this.shared(mask),
        ...weights,
        x,
        lora: lora[layer],
      })
      onCache({ keys, values }, layer)
      inputs.push(y)
    }
    return { inputs, mask }
  }

  private shared(mask: Tensor): Feeds {
    return { ...this.tensors.tables, positions: this.start, mask }
  }

  /**
   * From the gradient at the hidden states to that of the adapter, layer by layer from the last.
   * @param gradients accumulated so far, one per layer; replaced in place, the old ones freed unless in `keep`
   */
  async backward(
    trace: Trace,
    batch: SequenceBatch,
    dhidden: Tensor,
    lora: readonly Tensor[],
    gradients: Tensor[],
    keep: readonly Tensor[],
  ): Promise<void> {
    const { runtime, sessions, tensors } = this
    const origin = runtime.indices(batch.origin, [batch.rows, batch.length])
    const out = await runtime.run(sessions.normBackward, {
      x: trace.inputs[trace.inputs.length - 1],
      rows: trace.rows,
      ...tensors.finalNorm,
      dhidden,
      origin,
    })
    dispose(origin, out.norm_gradient)
    let dy = out.dx
    for (let layer = tensors.layers.length - 1; layer >= 0; layer--) {
      const step = await runtime.run(sessions.backward, {
        ...this.shared(trace.mask),
        ...tensors.layers[layer],
        x: trace.inputs[layer],
        lora: lora[layer],
        lora_gradient_in: gradients[layer],
        dy,
      })
      dispose(dy)
      if (!keep.includes(gradients[layer])) dispose(gradients[layer])
      gradients[layer] = step.lora_gradient
      dy = step.dx
    }
    dispose(dy)
  }
}
