import { ColloquyError } from '../../errors'
import { readBuffer } from '../../gpu/buffers'
import type { Gpu } from '../../gpu/device'

/** How often and after what a kernel is timed. */
export interface Repeats {
  /** Timings of each kernel. */
  readonly count: number
  /** A run that takes longer than this is timed `fewest` times only. */
  readonly slowMilliseconds: number
  readonly fewest: number
  /** The device works for this long before the first timing, so that its clocks are up. */
  readonly warmupMilliseconds: number
}

/** Times single submissions on the device's own clock. */
export class PassTimer {
  /** The device to give to kernels that are timed. */
  readonly gpu: Gpu
  private readonly queries: GPUQuerySet
  private readonly resolved: GPUBuffer
  private passes = 0

  constructor(gpu: Gpu) {
    this.queries = gpu.device.createQuerySet({ type: 'timestamp', count: 2 })
    this.resolved = gpu.device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    })
    this.gpu = {
      ...gpu,
      timer: () => {
        this.passes++
        return { querySet: this.queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 }
      },
    }
  }

  /**
   * Warms `run` up and times it. `before` comes before each run and is over when the run begins: a pass
   * that overlapped with earlier work would be timed with it.
   * @param run submits exactly one pass, with this timer's device
   * @returns microseconds of each run
   * @throws ColloquyError `backend` where the device's clock stands still
   */
  async times(
    run: () => Promise<unknown>,
    repeats: Repeats,
    before: () => void = () => {},
  ): Promise<number[]> {
    const { device } = this.gpu
    const idle = () => device.queue.onSubmittedWorkDone()
    // The first run compiles, so only the second tells how long one takes.
    await run()
    await idle()
    const start = performance.now()
    await run()
    await idle()
    const slow = performance.now() - start > repeats.slowMilliseconds
    while (performance.now() - start < repeats.warmupMilliseconds) {
      await run()
      await idle()
    }
    const times: number[] = []
    const count = slow ? repeats.fewest : repeats.count
    while (times.length < count) {
      before()
      await idle()
      this.passes = 0
      await run()
      times.push(await this.read())
    }
    return times
  }

  close(): void {
    this.queries.destroy()
    this.resolved.destroy()
  }

  private async read(): Promise<number> {
    if (this.passes !== 1) throw new Error(`${this.passes} passes were timed as one`)
    const encoder = this.gpu.device.createCommandEncoder()
    encoder.resolveQuerySet(this.queries, 0, 2, this.resolved, 0)
    this.gpu.device.queue.submit([encoder.finish()])
    const [begin, end] = new BigUint64Array(await readBuffer(this.gpu, this.resolved, 16))
    if (end <= begin)
      throw new ColloquyError({
        code: 'backend',
        what: `timestamps of ${this.gpu.info.description}`,
        found: `${begin} ns before a pass and ${end} ns after it`,
        wanted: 'a clock that goes on',
        todo: 'Update the driver, or use another GPU',
      })
    return Number(end - begin) / 1000
  }
}
