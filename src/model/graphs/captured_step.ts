/** The decode step for one shape, recorded on its first use (see `RecordedGraph`). */
import type { Tensor } from 'onnxruntime-web/wasm'
import { type BoundDispatch, encode } from '../../gpu/recording'
import { keeping, type Scope } from '../../scope'
import type { Feeds, Runtime } from '../runtime'
import type { ModelTensors } from '../weights/model_tensors'
import { decodeStepGraph, type StepShape } from './decode_graphs'
import { RecordedGraph } from './recorded_graph'

/**
 * A replay reads and writes the buffers of the recording. So everything a step reads except the weights is in
 * its own buffers, which it owns.
 */
export class CapturedStep {
  /** Names of the chunk's own cache: `l0.recent_keys` … */
  readonly recent: readonly string[]
  /** Commands of even and of odd steps: each reads the chunk's cache where the other writes it. */
  private readonly turns: readonly [readonly BoundDispatch[], readonly BoundDispatch[]]

  private constructor(
    readonly shape: StepShape,
    private readonly graph: RecordedGraph,
    /** Inputs that are not weights. */
    private readonly own: Feeds,
    private readonly scope: Scope,
  ) {
    this.recent = Object.keys(own).filter((name) => name.includes('.recent_'))
    const swapped = this.recent.flatMap((name) => [
      [name, graph.outputs[`${name}_out`]],
      [`${name}_out`, own[name]],
    ])
    this.turns = [graph.bind({}), graph.bind(Object.fromEntries(swapped))]
  }

  static create(
    runtime: Runtime,
    tensors: ModelTensors,
    weights: Feeds,
    shape: StepShape,
  ): Promise<CapturedStep> {
    return keeping(async (scope) => {
      const model = decodeStepGraph(tensors.plan, shape)
      const own: Feeds = {}
      for (const value of model.graph.inputs)
        if (!Object.hasOwn(weights, value.name))
          own[value.name] = runtime.pooled(scope, `decode ${value.name}`, value)
      const graph = scope.hold(await RecordedGraph.create(runtime, model, { ...weights, ...own }), (made) =>
        made.close(),
      )
      return new CapturedStep(shape, graph, own, scope)
    })
  }

  /** Bytes of all its buffers. */
  get bytes(): number {
    return Object.values(this.own).reduce((sum, { gpuBuffer }) => sum + gpuBuffer.size, this.graph.bytes)
  }

  buffer(name: string): GPUBuffer {
    return this.tensor(name).gpuBuffer
  }

  /** Returns the same buffers as tensors, for a session that fills them. */
  tensor(name: string): Tensor {
    const found = this.own[name]
    if (!found) throw new RangeError(`a decode step has no input ${name} of its own`)
    return found
  }

  /** Encodes the chunk's step `t`, counted from 0. Each needs the one before it. */
  encode(encoder: GPUCommandEncoder, t: number): void {
    const pass = encoder.beginComputePass({ label: 'decode step' })
    encode(pass, this.turns[t % 2])
    pass.end()
  }

  /** Hidden states after the last step, (B, H). */
  get hidden(): GPUBuffer {
    return this.graph.outputs.hidden.gpuBuffer
  }

  /** Returns the chunk's own cache after `steps` steps. */
  written(steps: number): Feeds {
    const { own, graph } = this
    return Object.fromEntries(
      this.recent.map((name) => [name, steps % 2 === 0 ? own[name] : graph.outputs[`${name}_out`]]),
    )
  }

  /** Clears the chunk's own cache before its first step. */
  clear(encoder: GPUCommandEncoder): void {
    for (const name of this.recent) encoder.clearBuffer(this.buffer(name))
  }

  close(): Promise<void> {
    return this.scope.close()
  }
}
