import type { Gpu } from '../gpu/device'
import { encode } from '../gpu/recording'
import type { Halves } from '../onnx/partition'
import { keepingNow } from '../scope'
import type { Blocks } from './blocks'
import { CAPTURED_BYTES } from './decode/decode_cost'
import { RecordedGraph } from './graphs/recorded_graph'
import { type Feeds, type Runtime, sizeOf } from './runtime'
import { paddedSize } from './train/padded_rows'

type Half = 'forward' | 'backward'

interface Recorded {
  readonly key: string
  readonly graph: RecordedGraph
}

/**
 * The halves of a layer on WebGPU, recorded once per shape (see `RecordedGraph`). Every layer and adapter
 * makes the recorded calls on its own buffers, so nothing is copied. The most recently used recordings are
 * kept.
 */
export class RecordedBlocks implements Blocks {
  /** Least recently used first. */
  private readonly kept: Recorded[] = []
  /** The last call: a recording must not be freed between its choice and its use. */
  private last: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly gpu: Gpu,
    private readonly runtime: Runtime,
    private readonly halves: Pick<Halves, Half>,
  ) {}

  readonly padded = paddedSize

  forward(feeds: Feeds, outputs: readonly string[]): Promise<Feeds> {
    return this.next('forward', feeds, outputs)
  }

  backward(feeds: Feeds): Promise<Feeds> {
    return this.next('backward', feeds, ['dx', 'gradient'])
  }

  private next(half: Half, feeds: Feeds, outputs: readonly string[]): Promise<Feeds> {
    const result = this.last.then(() => this.run(half, feeds, outputs))
    this.last = result.catch(() => undefined)
    return result
  }

  private async run(half: Half, feeds: Feeds, outputs: readonly string[]): Promise<Feeds> {
    const inputs: Feeds = {}
    for (const { name } of this.halves[half].graph.inputs) inputs[name] = feeds[name]
    const graph = await this.graphFor(half, inputs)
    const { gpu, runtime } = this
    const results = keepingNow((scope) => {
      const made: Feeds = {}
      for (const name of outputs) {
        const { dims, type } = graph.outputs[name]
        const buffer = scope.hold(gpu.buffers.acquire(name, sizeOf(graph.outputs[name])), (held) =>
          gpu.buffers.release(held),
        )
        const dataType = type === 'float16' ? type : 'float32'
        made[name] = runtime.wrap(buffer, dataType, dims, () => gpu.buffers.release(buffer))
      }
      return made
    })
    await runtime.submit((encoder) => {
      const pass = encoder.beginComputePass({ label: half })
      encode(pass, graph.bind({ ...inputs, ...results }))
      pass.end()
    })
    return results
  }

  private async graphFor(half: Half, inputs: Feeds): Promise<RecordedGraph> {
    const [rows, length] = inputs.x.dims
    const [positions] = inputs.cos.dims
    const key = [half, rows, length, positions].join()
    const { kept } = this
    const at = kept.findIndex((one) => one.key === key)
    if (at >= 0) {
      const [found] = kept.splice(at, 1)
      kept.push(found)
      return found.graph
    }
    const dims = { B: rows, S: length, P: positions }
    const graph = await RecordedGraph.create(this.runtime, this.halves[half], inputs, dims)
    kept.push({ key, graph })
    const held = () => kept.reduce((sum, one) => sum + one.graph.bytes, 0)
    // A training pass needs both halves.
    while (kept.length > 2 && held() > CAPTURED_BYTES) await kept.shift()?.graph.close()
    return graph
  }
}
