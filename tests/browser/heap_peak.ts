import type { ReadFile } from '../../src/model/import/folder_files'
import { Runtime } from '../../src/model/runtime'
import type { WeightSink, WeightSource } from '../../src/model/weights/weight_source'

/**
 * The most that this thread has held of JavaScript memory, as far as it is looked at: whenever a file was read, now and then while
 * weights are taken, and after every run of a graph, whose inputs and outputs are there together.
 */
export class HeapPeak {
  private most = 0
  private before = 0

  /**
   * @param held bytes of objects and array buffers that something holds, garbage collected
   * @param every of so many linears that were taken, one is looked at
   */
  constructor(
    private readonly held: () => Promise<number>,
    private readonly every = 20,
  ) {}

  /** Counts from here on, without what is there already. */
  async start(): Promise<void> {
    this.before = await this.held()
    this.most = 0
  }

  /** Bytes beyond those at the start. */
  get bytes(): number {
    return this.most
  }

  async look(): Promise<void> {
    this.most = Math.max(this.most, (await this.held()) - this.before)
  }

  reading(read: ReadFile): ReadFile {
    return async (path) => {
      const bytes = await read(path)
      await this.look()
      return bytes
    }
  }

  taking({ config, deliver }: WeightSource): WeightSource {
    let linears = 0
    const looking = (sink: WeightSink): WeightSink => ({
      vector: (slot, values) => sink.vector(slot, values),
      table: async (slot, values) => {
        await this.look()
        await sink.table(slot, values)
        await this.look()
      },
      linear: async (slot, values) => {
        await sink.linear(slot, values)
        if (linears++ % this.every === 0) await this.look()
      },
    })
    return { config, deliver: (sink) => deliver(looking(sink)) }
  }

  /** Looks after the runs of all runtimes while `work` is under way. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const peak = this
    const { run } = Runtime.prototype
    Runtime.prototype.run = async function (this: Runtime, ...given: Parameters<typeof run>) {
      const outputs = await run.apply(this, given)
      await peak.look()
      return outputs
    }
    try {
      return await work()
    } finally {
      Runtime.prototype.run = run
    }
  }
}
