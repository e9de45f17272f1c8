import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { lease, leaseUploaded, readBuffer } from '../../gpu/buffers'
import type { Gpu } from '../../gpu/device'
import type { GpuHead } from '../../gpu/gpu_head'
import { samplePass } from '../../gpu/sample'
import type { ModelDescription } from '../../onnx/proto'
import { keeping, keepingNow, type Scope, scoped, scopedNow } from '../../scope'
import { UNSEEN } from '../graphs/attention'
import { CapturedStep } from '../graphs/captured_step'
import { endChunkGraph, type StepShape, startChunkGraph } from '../graphs/decode_graphs'
import { type GraphPlan, joinedLoraGraph } from '../graphs/graphs'
import { hasKind } from '../import/config'
import { dispose, type Feeds, type Runtime } from '../runtime'
import type { Transformer } from '../transformer'
import type { ModelTensors } from '../weights/model_tensors'
import { type Chunk, type ChunkResult, type DecodeBackend, type DecodeState, disposeState } from './decode'
import { DecodeAdapter } from './decode_adapter'
import { CAPTURED_BYTES, CHUNK_STEPS, capturedShape } from './decode_cost'
import { layerFeeds, renameCache } from './loop_decoder'

/** Compiled graphs around the steps. The decoders of all adapters share them. */
export interface ChunkSessions {
  readonly start: InferenceSession
  readonly end: InferenceSession
  /** Null for models without LoRA. */
  readonly join: { readonly graph: ModelDescription; readonly session: InferenceSession } | null
}

/**
 * Decoding on WebGPU. `shaders/sample.wgsl` picks each token on the device and feeds it to the next replay of
 * the decode step. Ids and logprobs are read back once per chunk. Steps are captured for powers of two of
 * rows and slots; the most recently used ones are kept.
 */
export class StepDecoder implements DecodeBackend {
  private readonly weights: Feeds
  private readonly adapter: DecodeAdapter | null
  /** Captured steps, least recently used first. */
  private readonly captured: CapturedStep[] = []
  /** The last chunk. A captured step serves one chunk at a time. */
  private last: Promise<unknown> = Promise.resolve()
  private readonly scope: Scope

  /**
   * @param lora the adapter's flat parameters per layer. The caller owns them and all other arguments;
   * captured steps bind their buffers permanently.
   */
  constructor(
    private readonly gpu: Gpu,
    private readonly runtime: Runtime,
    private readonly tensors: ModelTensors,
    private readonly transformer: Transformer,
    private readonly head: GpuHead,
    private readonly sessions: ChunkSessions,
    private readonly lora: readonly Tensor[],
  ) {
    const { join } = sessions
    const { adapter, scope } = keepingNow((scope) => ({
      adapter: join && new DecodeAdapter(scope, runtime, join.session, join.graph, lora),
      scope,
    }))
    this.adapter = adapter
    this.scope = scope
    this.weights = layerFeeds(tensors, this.adapter?.layers ?? [])
  }

  /** Compiles the graphs that the decoders of a base share. */
  static async compile(runtime: Runtime, plan: GraphPlan): Promise<ChunkSessions> {
    const graph = plan.lora && joinedLoraGraph(plan, plan.lora)
    return {
      join: graph && { graph, session: await runtime.session(graph) },
      start: await runtime.session(startChunkGraph(plan)),
      end: await runtime.session(endChunkGraph(plan)),
    }
  }

  async prefill(ids: Int32Array, lengths: readonly number[], length: number): Promise<DecodeState> {
    await this.adapter?.refresh()
    return this.transformer.prefill(ids, lengths, length, this.lora)
  }

  chunk(chunk: Chunk): Promise<ChunkResult> {
    const result = this.last.then(() => this.decodeChunk(chunk))
    this.last = result.catch(() => undefined)
    return result
  }

  private decodeChunk(chunk: Chunk): Promise<ChunkResult> {
    return scoped(async (scope) => {
      const { gpu } = this
      const step = await this.stepFor(chunk)
      const { rows } = step.shape
      const start = lease(scope, gpu, 'decode hidden', rows * this.tensors.plan.config.hiddenSize * 4)
      await this.start(chunk, step, start)
      const keys = leaseUploaded(scope, gpu, 'decode keys', padded(Uint32Array, chunk.keys, 2 * rows))
      const counts = lease(scope, gpu, 'decode counts', rows * 4)
      const logprobs = lease(scope, gpu, 'decode logprobs', rows * 4)
      // Holds the ids and the logprobs of each step's rows.
      const made = lease(scope, gpu, 'decode made', chunk.steps * rows * 8)
      const { head, runtime } = this
      const encodeSample = await samplePass(gpu, { rows, head, temperature: chunk.temperature })
      const { queue } = gpu.device
      const ids = step.buffer('ids')
      for (let t = 0; t < chunk.steps; t++) {
        const positions = chunk.positions.map((position) => position + t)
        await runtime.submit((encoder) => {
          queue.writeBuffer(counts, 0, new Uint32Array(rows).fill(chunk.written + t))
          queue.writeBuffer(step.buffer('positions'), 0, padded(Float32Array, positions, rows))
          queue.writeBuffer(step.buffer('step'), 0, Float32Array.of(t))
          const hidden = t === 0 ? start : step.hidden
          // It is submitted before anything else can use what this releases.
          scopedNow((pass) => encodeSample(pass, encoder, { hidden, keys, positions: counts, ids, logprobs }))
          encoder.copyBufferToBuffer(ids, 0, made, t * rows * 8, rows * 4)
          encoder.copyBufferToBuffer(logprobs, 0, made, t * rows * 8 + rows * 4, rows * 4)
          step.encode(encoder, t)
        })
      }
      const state = scope.hold(await this.end(chunk, step), disposeState)
      const bytes = await readBuffer(gpu, made, chunk.steps * rows * 8)
      const width = chunk.rows.length
      const sampled = new Int32Array(chunk.steps * width)
      const scores = new Float32Array(chunk.steps * width)
      for (let t = 0; t < chunk.steps; t++) {
        sampled.set(new Int32Array(bytes, t * rows * 8, width), t * width)
        scores.set(new Float32Array(bytes, t * rows * 8 + rows * 4, width), t * width)
      }
      return { state: scope.handOn(state), ids: sampled, logprobs: scores, steps: chunk.steps }
    })
  }

  /**
   * Fills the step's buffers with the chunk's start, and `hidden` with the states that its first tokens are
   * sampled from.
   */
  private start(chunk: Chunk, step: CapturedStep, hidden: GPUBuffer): Promise<void> {
    return scoped(async (scope) => {
      const { gpu, runtime } = this
      const { hiddenSize, kvHeads, headDim } = this.tensors.plan.config
      const { rows, slots } = step.shape
      const added = slots - chunk.state.slots
      const picked = scope.hold(runtime.indices(padded(Int32Array, chunk.rows, rows), [rows]), dispose)
      const into: Feeds = { hidden_out: runtime.wrap(hidden, 'float32', [rows, hiddenSize]) }
      for (const name of Object.keys(chunk.state.cache)) into[`${name}_out`] = step.tensor(name)
      await runtime.run(
        this.sessions.start,
        {
          ...chunk.state.cache,
          hidden: chunk.state.hidden,
          rows: picked,
          key_sizes: runtime.hostInts([rows, kvHeads, headDim, added]),
          value_sizes: runtime.hostInts([rows, kvHeads, added, headDim]),
        },
        into,
      )
      // Added rows and slots see nothing and are not seen.
      const spread = (values: Float32Array, rest: number) => {
        const all = new Float32Array(rows * slots).fill(rest)
        chunk.rows.forEach((_, row) => {
          all.set(values.subarray(row * chunk.state.slots, (row + 1) * chunk.state.slots), row * slots)
        })
        return all
      }
      const { queue } = gpu.device
      queue.writeBuffer(step.buffer('mask'), 0, spread(chunk.mask, UNSEEN))
      if (hasKind(this.tensors.plan.config, 'local'))
        queue.writeBuffer(step.buffer('ages'), 0, spread(chunk.ages, 0))
      const encoder = gpu.device.createCommandEncoder()
      step.clear(encoder)
      gpu.device.queue.submit([encoder.finish()])
    })
  }

  /** Returns the state after the chunk. Added rows are still there, after the others. */
  private end(chunk: Chunk, step: CapturedStep): Promise<DecodeState> {
    return keeping(async (scope) => {
      const { gpu, runtime } = this
      const { hiddenSize } = this.tensors.plan.config
      const hidden = lease(scope, gpu, 'decode state', step.shape.rows * hiddenSize * 4)
      const encoder = gpu.device.createCommandEncoder()
      encoder.copyBufferToBuffer(step.hidden, 0, hidden, 0, step.shape.rows * hiddenSize * 4)
      gpu.device.queue.submit([encoder.finish()])
      const joined = await runtime.run(this.sessions.end, {
        ...Object.fromEntries(Object.keys(chunk.state.cache).map((name) => [name, step.tensor(name)])),
        ...step.written(chunk.steps),
        slots: runtime.hostInts([chunk.state.slots]),
        steps: runtime.hostInts([chunk.steps]),
      })
      return {
        hidden: runtime.wrap(hidden, 'float32', [step.shape.rows, hiddenSize], () => scope.closeNow()),
        cache: renameCache(joined),
        slots: chunk.state.slots + chunk.steps,
      }
    })
  }

  /** Returns the step captured for the next larger shape and makes it the most recently used one. */
  private async stepFor(chunk: Chunk): Promise<CapturedStep> {
    const shape: StepShape = { ...capturedShape(chunk.rows.length, chunk.state.slots), steps: CHUNK_STEPS }
    const { captured } = this
    const at = captured.findIndex(
      (step) => step.shape.rows === shape.rows && step.shape.slots === shape.slots,
    )
    const step =
      at < 0
        ? await CapturedStep.create(this.runtime, this.tensors, this.weights, shape)
        : captured.splice(at, 1)[0]
    captured.push(step)
    const held = () => captured.reduce((sum, { bytes }) => sum + bytes, 0)
    while (captured.length > 1 && held() > CAPTURED_BYTES) await captured.shift()?.close()
    return step
  }

  async close(): Promise<void> {
    await this.last
    for (const step of this.captured.splice(0)) this.scope.hold(step, () => step.close())
    await this.scope.close()
  }
}

/** Returns the values, padded with zeros. */
function padded<T extends Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>(
  type: new (length: number) => T,
  values: ArrayLike<number>,
  length: number,
): T {
  const all = new type(length)
  all.set(values)
  return all
}
