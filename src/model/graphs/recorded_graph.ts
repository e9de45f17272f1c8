import type { BoundDispatch, Recording } from '../../gpu/recording'
import type { ModelDescription } from '../../onnx/proto'
import { keeping, type Scope } from '../../scope'
import type { Feeds, Runtime } from '../runtime'

/**
 * A graph's GPU commands for one shape, recorded once and made again without ONNX Runtime. It owns the session
 * and with it the buffers of inner values.
 */
export class RecordedGraph {
  /** Bytes of the buffers that ONNX Runtime made for it, outputs and constants included. */
  readonly bytes: number
  /** Recorded buffers by the names of inputs and outputs. Callers may have freed those of the inputs. */
  private readonly buffers: ReadonlyMap<string, GPUBuffer>

  private constructor(
    private readonly runtime: Runtime,
    private readonly recording: Recording,
    inputs: Feeds,
    /** The values that the recording writes; ONNX Runtime owns them. */
    readonly outputs: Feeds,
    private readonly scope: Scope,
  ) {
    const named = Object.entries({ ...inputs, ...outputs })
    this.buffers = new Map(named.map(([name, { gpuBuffer }]) => [name, gpuBuffer]))
    const given = new Set(Object.keys(inputs).map((name) => this.buffers.get(name)))
    this.bytes = [...recording.buffers()].reduce((sum, one) => sum + (given.has(one) ? 0 : one.size), 0)
  }

  /**
   * Runs a graph twice: ONNX Runtime captures its commands, then replays them.
   * @param feeds all inputs, on the device. Where they are not replaced later, they must outlive the recording
   * @param dims sizes of the graph's symbols
   */
  static create(
    runtime: Runtime,
    model: ModelDescription,
    feeds: Feeds,
    dims: Readonly<Record<string, number>> = {},
  ): Promise<RecordedGraph> {
    return keeping(async (scope) => {
      const session = scope.hold(await runtime.session(model, { captured: true, dims }), (made) =>
        runtime.release(made),
      )
      const { recording, outputs } = await runtime.record(session, feeds)
      return new RecordedGraph(runtime, recording, feeds, outputs, scope)
    })
  }

  /** Returns the commands with other buffers for inputs and outputs of these names. */
  bind(tensors: Feeds): readonly BoundDispatch[] {
    const replacements = new Map<GPUBuffer, GPUBuffer>()
    for (const [name, { gpuBuffer }] of Object.entries(tensors)) {
      const recorded = this.buffers.get(name)
      if (!recorded) throw new RangeError(`a recorded graph has no value ${name}`)
      if (replacements.has(recorded)) throw new RangeError(`${name} shares its buffer with another value`)
      replacements.set(recorded, gpuBuffer)
    }
    return this.recording.bind(this.runtime.device, replacements)
  }

  close(): Promise<void> {
    return this.scope.close()
  }
}
