/** The layers of a model, run one by one: embedding, blocks, final norm, and the backward pass. */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { type Scope, scoped } from '../scope'
import { type Blocks, compileBlocks } from './blocks'
import type { DecodeState } from './decode/decode'
import { blockGraphs, treeMaskGraph } from './graphs/block_graphs'
import type { GraphPlan } from './graphs/graphs'
import * as graphs from './graphs/graphs'
import { kindOf, type LayerKind } from './import/config'
import { RecordedBlocks } from './recorded_blocks'
import { dispose, disposeAll, type Feeds, type Runtime } from './runtime'
import type { SequenceBatch } from './train/batch'
import { type PaddedRows, padRows, type Rows } from './train/padded_rows'
import type { ModelTensors } from './weights/model_tensors'

/** Activations of a forward pass that its backward pass reads. */
export interface Trace {
  /** Input of each layer, then the output of the last, (B, S, H). */
  readonly inputs: readonly Tensor[]
  /** Results of each layer that its backward pass need not compute again. */
  readonly kept: readonly Feeds[]
  readonly layouts: Layouts
  readonly rows: Tensor
  /** See `PaddedRows`. */
  readonly spread: PaddedRows['spread']
}

/** Positions (B, S) and the masks of `treeMaskGraph` that each kind of layer reads. */
type Layouts = Readonly<Record<LayerKind, Feeds>>

/** Tensors that every pass reads and none changes, named as the graphs' inputs. */
export type FrozenTensors = Pick<ModelTensors, 'embedding' | 'finalNorm' | 'tables' | 'layers'> & {
  readonly plan: Pick<GraphPlan, 'config'>
}

export interface TransformerSessions {
  readonly mask: InferenceSession
  /** Masks of local layers; null without them. */
  readonly localMask: InferenceSession | null
  readonly embed: InferenceSession
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
    private readonly blocks: Blocks,
    private readonly kept: readonly string[],
    private readonly trained: 'lora' | 'weights' = 'lora',
  ) {}

  static async create(runtime: Runtime, tensors: ModelTensors): Promise<Transformer> {
    const { plan } = tensors
    const halves = blockGraphs(plan)
    const blocks = runtime.gpu
      ? new RecordedBlocks(runtime.gpu, runtime, halves)
      : await compileBlocks(runtime, halves)
    const { local } = plan.config.attention ?? {}
    const masks = (window?: number) =>
      runtime.session(treeMaskGraph(plan.queryBlocks, plan.activations, window))
    const sessions = {
      mask: await masks(),
      localMask: local ? await masks(local.window) : null,
      embed: await runtime.session(graphs.embedGraph(plan)),
      norm: await runtime.session(graphs.finalNormGraph(plan.config)),
      normBackward: await runtime.session(graphs.finalNormBackwardGraph(plan.config, plan.activations)),
    }
    return new Transformer(runtime, tensors, sessions, blocks, halves.kept)
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
    const padded = this.pad(rows)
    const { inputs, layouts, extras } = await this.layers(scope, padded, parameters, outputs)
    const { runtime } = this
    const picked = scope.hold(runtime.indices(padded.moved(wanted), [wanted.length]), dispose)
    const x = inputs[inputs.length - 1]
    const feeds = { x, rows: picked, ...this.tensors.finalNorm }
    const { hidden } = await runtime.run(this.sessions.norm, feeds)
    const trace = { inputs, kept: extras, layouts, rows: picked, spread: padded.spread }
    return { hidden: scope.hold(hidden, dispose), trace }
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
      // Padding comes after all real tokens, so a causal mask is enough.
      const positions = Float32Array.from(ids, (_, i) => i % length)
      const ends = new Float32Array(ids.length).fill(length)
      const prompts = this.pad({ ids, positions, ends, rows: lengths.length, length })
      const { inputs, extras } = await this.layers(scope, prompts, parameters, ['keys', 'values'])
      extras.forEach(({ keys, values }, layer) => {
        cache[`l${layer}.keys`] = keys
        cache[`l${layer}.values`] = values
      })
      const last = prompts.moved(Int32Array.from(lengths, (end, row) => row * length + end - 1))
      const rows = scope.hold(this.runtime.indices(last, [last.length]), dispose)
      const x = inputs[inputs.length - 1]
      const { hidden } = await this.runtime.run(this.sessions.norm, { x, rows, ...this.tensors.finalNorm })
      for (const extra of extras) scope.handOn(extra)
      return { hidden, cache, slots: prompts.length }
    })
  }

  /** Pads rows to a shape that the blocks have, with no more tokens than the rotary tables. */
  private pad(rows: Rows): PaddedRows {
    const [tables] = Object.values(this.tensors.tables)
    const length = Math.min(this.blocks.padded(rows.length), tables.cos.dims[0])
    return padRows(rows, this.blocks.padded(rows.rows), length)
  }

  /**
   * @param scope holds all results
   * @param outputs results to return of each layer besides its output
   */
  private async layers(
    scope: Scope,
    { ids, ...places }: Rows,
    parameters: readonly Tensor[],
    outputs: readonly string[],
  ): Promise<{ inputs: Tensor[]; layouts: Layouts; extras: Feeds[] }> {
    const { runtime, sessions, tensors } = this
    const { rows, length } = places
    const layouts = await this.layouts(scope, places)
    const tokens = scope.hold(runtime.indices(ids, [rows, length]), dispose)
    const { x: embedded } = await runtime.run(sessions.embed, { ids: tokens, ...tensors.embedding })
    const inputs = [scope.hold(embedded, dispose)]
    scope.free(tokens)
    const extras: Feeds[] = []
    for (const layer of tensors.layers.keys()) {
      const x = inputs[inputs.length - 1]
      const feeds = { ...this.frozen(layer, layouts), x, [this.trained]: parameters[layer] }
      const { y, ...extra } = await this.blocks.forward(feeds, ['y', ...outputs])
      inputs.push(scope.hold(y, dispose))
      extras.push(scope.hold(extra, disposeAll))
    }
    return { inputs, layouts, extras }
  }

  /** Makes the layout of each kind of layer. The scope holds all. */
  private async layouts(scope: Scope, places: Omit<Rows, 'ids'>): Promise<Layouts> {
    const { runtime, sessions, tensors } = this
    const full = scope.hold(await layoutOf(runtime, sessions.mask, places), disposeAll)
    const window = tensors.plan.config.attention?.local?.window
    // No token of a shorter row lies outside of the window.
    const same = sessions.localMask === null || window === undefined || places.length <= window
    const local = same
      ? full
      : scope.hold(await layoutOf(runtime, sessions.localMask, places, true), disposeAll)
    return { full, local, unrotated: full }
  }

  /** Returns what a layer reads besides its input and its parameters. */
  private frozen(layer: number, layouts: Layouts): Feeds {
    const { plan, tables, layers } = this.tensors
    const kind = kindOf(plan.config, layer)
    return { ...tables[kind], ...layouts[kind], ...layers[layer] }
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
    const { dims } = trace.inputs[0]
    const places = trace.spread(batch.origin, batch.scoredRows.length)
    const origin = scope.hold(runtime.indices(places, dims.slice(0, 2)), dispose)
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
      const step = await this.blocks.backward({
        ...this.frozen(layer, trace.layouts),
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

/**
 * Uploads the tokens' positions and makes the masks of what they see. The caller disposes of both.
 * @param windowed whether the masks depend on the positions
 */
export function layoutOf(
  runtime: Runtime,
  maskSession: InferenceSession,
  { positions, ends, rows, length }: Omit<Rows, 'ids'>,
  windowed = false,
): Promise<Feeds> {
  return scoped(async (scope) => {
    const upload = (values: Float32Array, shape: readonly number[]) =>
      scope.hold(runtime.floats(values, shape), dispose)
    const index = upload(
      Float32Array.from({ length }, (_, i) => i),
      [length],
    )
    const places = upload(positions, [rows, length])
    const seen = { ends: upload(ends, [rows, length]), index }
    const masks = await runtime.run(maskSession, windowed ? { ...seen, positions: places } : seen)
    return { positions: scope.handOn(places), ...masks }
  })
}
