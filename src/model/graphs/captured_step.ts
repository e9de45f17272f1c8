/**
 * The decode step for one shape, captured: the first run records its GPU commands and later runs replay them.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { keeping, type Scope } from '../../scope'
import { type Feeds, type Runtime, sizeOf } from '../runtime'
import type { ModelTensors } from '../weights/model_tensors'
import { decodeStepGraph, type StepShape } from './decode_graphs'

/**
 * A replay reads and writes the buffers of the recording. So everything a step reads except the weights is in
 * its own buffers. It owns them and its session.
 */
export class CapturedStep {
  /** Names of the chunk's own cache: `l0.recent_keys` … */
  readonly recent: readonly string[]
  private readonly feeds: Feeds
  /** Outputs of the recording: ONNX Runtime keeps writing to them. */
  private outputs: Feeds | null = null

  private constructor(
    private readonly runtime: Runtime,
    readonly shape: StepShape,
    private readonly session: InferenceSession,
    /** Buffers by the names of the graph's inputs. */
    private readonly buffers: ReadonlyMap<string, GPUBuffer>,
    weights: Feeds,
    own: Feeds,
    private readonly scope: Scope,
  ) {
    this.feeds = { ...weights, ...own }
    this.recent = [...buffers.keys()].filter((name) => name.includes('.recent_'))
  }

  static create(
    runtime: Runtime,
    tensors: ModelTensors,
    weights: Feeds,
    shape: StepShape,
  ): Promise<CapturedStep> {
    return keeping(async (scope) => {
      const model = decodeStepGraph(tensors.plan, shape)
      const buffers = new Map<string, GPUBuffer>()
      const own: Feeds = {}
      for (const value of model.graph.inputs) {
        if (Object.hasOwn(weights, value.name)) continue
        const tensor = runtime.pooled(scope, `decode ${value.name}`, value)
        buffers.set(value.name, tensor.gpuBuffer)
        own[value.name] = tensor
      }
      const session = scope.hold(await runtime.session(model, { captured: true }), (made) =>
        runtime.release(made),
      )
      return new CapturedStep(runtime, shape, session, buffers, weights, own, scope)
    })
  }

  /** Bytes of its own buffers. */
  get bytes(): number {
    return [...this.buffers.values()].reduce((sum, { size }) => sum + size, 0)
  }

  buffer(name: string): GPUBuffer {
    const found = this.buffers.get(name)
    if (!found) throw new RangeError(`a decode step has no input ${name} of its own`)
    return found
  }

  /** Returns the same buffers as tensors, for a session that fills them. */
  tensor(name: string): Tensor {
    return this.feeds[name]
  }

  /** Runs the step on its buffers' content. */
  async run(): Promise<void> {
    const outputs = await this.runtime.run(this.session, this.feeds)
    this.outputs = outputs
  }

  /** Hidden states after the last run, (B, H). */
  get hidden(): GPUBuffer {
    return this.output('hidden')
  }

  /** Copies the last run's output of the chunk's own cache to the next run's input. */
  carry(encoder: GPUCommandEncoder): void {
    for (const name of this.recent) {
      const into = this.buffer(name)
      encoder.copyBufferToBuffer(this.output(`${name}_out`), 0, into, 0, sizeOf(this.feeds[name]))
    }
  }

  /** Clears the chunk's own cache. */
  clear(encoder: GPUCommandEncoder): void {
    for (const name of this.recent) encoder.clearBuffer(this.buffer(name))
  }

  private output(name: string): GPUBuffer {
    if (!this.outputs) throw new RangeError('a decode step has no outputs before its first run')
    return this.outputs[name].gpuBuffer
  }

  close(): Promise<void> {
    return this.scope.close()
  }
}
