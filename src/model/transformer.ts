/** The layers of a model, run one by one: embedding, blocks, final norm, and the backward pass. */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { type Scope, scoped } from '../scope'
import type { DecodeState } from './decode/decode'
import { blockGraphs, treeMaskGraph } from './graphs/block_graphs'
import * as graphs from './graphs/graphs'
import { dispose, disposeAll, type Feeds, type Runtime } from './runtime'
import type { SequenceBatch } from './train/batch'
import type { ModelTensors } from './weights/model_tensors'

/** Activations of a forward pass that its backward pass reads. */
export interface Trace {
  /** Input of each layer, then the output of the last, (B, S, H). */
  readonly inputs: readonly Tensor[]
  /** Results of each layer that its backward pass need not compute again. */
  readonly kept: readonly Feeds[]
  /** Positions (B, S) and the masks of `treeMaskGraph`. */
  readonly layout: Feeds
  readonly rows: Tensor
}

/**
 * Rows of tokens, right-padded: each token's position in its sequence, and the tokens it sees (see
 * `SequenceBatch`).
 */
export type Rows = Pick<SequenceBatch, 'ids' | 'positions' | 'ends' | 'rows' | 'length'>

/** Tensors that every pass reads and none changes, named as the graphs' inputs. */
export type FrozenTensors = Pick<ModelTensors, 'embedding' | 'finalNorm' | 'tables' | 'layers'>

export interface TransformerSessions {
  readonly mask: InferenceSession
  readonly embed: InferenceSession
  readonly forward: InferenceSession
  readonly backward: InferenceSession
  readonly norm: InferenceSession
  readonly normBackward: InferenceSession
}

/**
 * Runs the layers. Lists called `parameters` and `gradients` have one flat tensor (P) per layer: its trained
 * parameters and their gradient.
 */
export class Transformer {
  /**
   * @param kept outputs of a layer's forward pass that its backward pass reads
   * @param trained the graphs' input for a layer's parameters
   */
  constructor(
    private readonly runtime: Runtime,
    private readonly tensors: FrozenTensors,
    private readonly sessions: TransformerSessions,
    private readonly kept: readonly string[],
    private readonly trained: 'lora' | 'weights' = 'lora',
  ) {}

  static async create(runtime: Runtime, tensors: ModelTensors): Promise<Transformer> {
    const { plan } = tensors
    const block = blockGraphs(plan)
    const sessions = {
      mask: await runtime.session(treeMaskGraph(plan.queryBlocks, plan.activations)),
      embed: await runtime.session(graphs.embedGraph(plan)),
      forward: await runtime.session(block.forward),
      backward: await runtime.session(block.backward),
      norm: await runtime.session(graphs.finalNormGraph(plan.config)),
      normBackward: await runtime.session(graphs.finalNormBackwardGraph(plan.config, plan.activations)),
    }
    return new Transformer(runtime, tensors, sessions, block.kept)
  }

  /**
   * Returns hidden states after the final norm at the wanted positions.
   * @param wanted (T) flat positions into (B, S)
   * @returns hidden (T, H), owned by the caller
   */
  hidden(rows: Rows, wanted: Int32Array, parameters: readonly Tensor[]): Promise<Tensor> {
    return scoped(async (scope) => {
      const { hidden } = await this.traced(scope, rows, wanted, parameters, [])
      return scope.handOn(hidden)
    })
  }

  /** Returns the same, with the trace that `backward` needs; the scope holds both. */
  forward(
    scope: Scope,
    rows: Rows,
    wanted: Int32Array,
    parameters: readonly Tensor[],
  ): Promise<{ hidden: Tensor; trace: Trace }> {
    return this.traced(scope, rows, wanted, parameters, this.kept)
  }

  private async traced(
    scope: Scope,
    rows: Rows,
    wanted: Int32Array,
    parameters: readonly Tensor[],
    outputs: readonly string[],
  ): Promise<{ hidden: Tensor; trace: Trace }> {
    const { inputs, layout, extras } = await this.layers(scope, rows, parameters, outputs)
    const { runtime } = this
    const picked = scope.hold(runtime.indices(wanted, [wanted.length]), dispose)
    const x = inputs[inputs.length - 1]
    const feeds = { x, rows: picked, ...this.tensors.finalNorm }
    const { hidden } = await runtime.run(this.sessions.norm, feeds)
    return { hidden: scope.hold(hidden, dispose), trace: { inputs, kept: extras, layout, rows: picked } }
  }

  /**
   * Runs the prompt pass: the hidden state after each row's last token, and every layer's keys and values.
   */
  prefill(
    ids: Int32Array,
    lengths: readonly number[],
    length: number,
    parameters: readonly Tensor[],
  ): Promise<DecodeState> {
    return scoped(async (scope) => {
      const cache: Feeds = {}
      const batch = lengths.length
      // Padding comes after all real tokens, so a causal mask is enough.
      const positions = Float32Array.from({ length: ids.length }, (_, i) => i % length)
      const ends = new Float32Array(ids.length).fill(length)
      const prompts = { ids, positions, ends, rows: batch, length }
      const { inputs, extras } = await this.layers(scope, prompts, parameters, ['keys', 'values'])
      extras.forEach(({ keys, values }, layer) => {
        cache[`l${layer}.keys`] = keys
        cache[`l${layer}.values`] = values
      })
      const last = Int32Array.from(lengths, (end, row) => row * length + end - 1)
      const rows = scope.hold(this.runtime.indices(last, [batch]), dispose)
      const x = inputs[inputs.length - 1]
      const { hidden } = await this.runtime.run(this.sessions.norm, { x, rows, ...this.tensors.finalNorm })
      for (const extra of extras) scope.handOn(extra)
      return { hidden, cache }
    })
  }

  /**
   * @param scope holds all results
   * @param outputs results to return of each layer besides its output
   */
  private async layers(
    scope: Scope,
    { ids, positions, ends, rows, length }: Rows,
    parameters: readonly Tensor[],
    outputs: readonly string[],
  ): Promise<{ inputs: Tensor[]; layout: Feeds; extras: Feeds[] }> {
    const { runtime, sessions, tensors } = this
    const layout = scope.hold(
      await layoutOf(runtime, sessions.mask, { positions, ends, rows, length }),
      disposeAll,
    )
    const tokens = scope.hold(runtime.indices(ids, [rows, length]), dispose)
    const { x: embedded } = await runtime.run(sessions.embed, { ids: tokens, ...tensors.embedding })
    const inputs = [scope.hold(embedded, dispose)]
    scope.free(tokens)
    const extras: Feeds[] = []
    for (const [layer, weights] of tensors.layers.entries()) {
      const x = inputs[inputs.length - 1]
      const feeds = { ...tensors.tables, ...layout, ...weights, x, [this.trained]: parameters[layer] }
      const { y, ...extra } = await runtime.run(sessions.forward, feeds, ['y', ...outputs])
      inputs.push(scope.hold(y, dispose))
      extras.push(scope.hold(extra, disposeAll))
    }
    return { inputs, layout, extras }
  }

  /**
   * Runs from the gradient at the hidden states to that of the parameters, layer by layer from the last.
   * @param gradients accumulated so far; replaced in place, the old ones freed unless in `keep`
   * @returns gradients of the final norm (H) and of the embedded tokens (B, S, H); the scope holds them
   */
  async backward(
    scope: Scope,
    trace: Trace,
    batch: SequenceBatch,
    dhidden: Tensor,
    parameters: readonly Tensor[],
    gradients: Tensor[],
    keep: readonly Tensor[],
  ): Promise<{ norm: Tensor; embedded: Tensor }> {
    const { runtime, sessions, tensors } = this
    const origin = scope.hold(runtime.indices(batch.origin, [batch.rows, batch.length]), dispose)
    const {
      dx,
      norm_gradient: norm,
      ...scaling
    } = await runtime.run(sessions.normBackward, {
      x: trace.inputs[trace.inputs.length - 1],
      rows: trace.rows,
      ...tensors.finalNorm,
      dhidden,
      origin,
    })
    scope.hold(scaling, disposeAll)
    scope.hold(norm, dispose)
    let dy = scope.hold(dx, dispose)
    scope.free(origin)
    for (let layer = tensors.layers.length - 1; layer >= 0; layer--) {
      const step = await runtime.run(sessions.backward, {
        ...tensors.tables,
        ...trace.layout,
        ...tensors.layers[layer],
        ...trace.kept[layer],
        x: trace.inputs[layer],
        [this.trained]: parameters[layer],
        gradient_in: gradients[layer],
        dy,
        ...scaling,
      })
      scope.free(dy)
      dy = scope.hold(step.dx, dispose)
      if (!keep.includes(gradients[layer])) dispose(gradients[layer])
      gradients[layer] = step.gradient
    }
    return { norm, embedded: dy }
  }
}

/** Uploads the tokens' positions and makes the masks of what they see. The caller disposes of both. */
export function layoutOf(
  runtime: Runtime,
  maskSession: InferenceSession,
  { positions, ends, rows, length }: Omit<Rows, 'ids'>,
): Promise<Feeds> {
  return scoped(async (scope) => {
    const upload = (values: Float32Array, shape: readonly number[]) =>
      scope.hold(runtime.floats(values, shape), dispose)
    const index = upload(
      Float32Array.from({ length }, (_, i) => i),
      [length],
    )
    const places = upload(positions, [rows, length])
    const masks = await runtime.run(maskSession, { ends: upload(ends, [rows, length]), index })
    return { positions: scope.handOn(places), ...masks }
  })
}
