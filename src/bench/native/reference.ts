import { ColloquyError } from '../../errors'
import { readBuffer } from '../../gpu/buffers'
import type { Gpu } from '../../gpu/device'
import { submit } from '../../gpu/dispatch'
import { computePipeline } from '../../gpu/pipeline'
import copySource from './copy.wgsl?raw'
import matmulSource from './matmul.wgsl?raw'
import type { Attempt, Reference } from './report'
import type { Sizes } from './sizes'
import type { PassTimer, Repeats } from './timing'

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

/** Two large buffers and the kernel that copies one to the other. */
export class Copy {
  private constructor(
    private readonly gpu: Gpu,
    private readonly pipeline: GPUComputePipeline,
    private readonly source: GPUBuffer,
    private readonly destination: GPUBuffer,
    readonly size: number,
  ) {}

  static async create(gpu: Gpu, wanted: number): Promise<Copy> {
    const size = Math.min(wanted, gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize)
    const pipeline = await computePipeline(gpu.device, 'copy', copySource)
    const buffer = () => gpu.device.createBuffer({ size, usage: STORAGE() })
    return new Copy(gpu, pipeline, buffer(), buffer(), size)
  }

  /** Submits one pass that copies the first `bytes` bytes; what was in the caches before is not there after all. */
  run(gpu: Gpu, bytes = this.size): void {
    const count = bytes / 16
    submit(gpu, 'copy', [
      {
        pipeline: this.pipeline,
        parameters: [{ u32: count }],
        bindings: { 1: this.source, 2: this.destination },
        workgroups: [Math.min(65535, Math.max(1, Math.ceil(count / 256)))],
      },
    ])
  }

  /** copyBufferToBuffer takes no timestamps: many copies in a row, by the clock of the CPU. */
  async commandTimes(timings: number): Promise<number[]> {
    const { device } = this.gpu
    const copies = 20
    const times: number[] = []
    for (let t = 0; t <= timings; t++) {
      const encoder = device.createCommandEncoder()
      for (let i = 0; i < copies; i++)
        encoder.copyBufferToBuffer(this.source, 0, this.destination, 0, this.size)
      const commands = encoder.finish()
      const start = performance.now()
      device.queue.submit([commands])
      await device.queue.onSubmittedWorkDone()
      // The first warms up.
      if (t > 0) times.push(((performance.now() - start) * 1000) / copies)
    }
    return times
  }

  close(): void {
    this.source.destroy()
    this.destination.destroy()
  }
}

/** Tiles of the reference matmul; which is fastest differs between devices. */
const TILES = [
  { tileM: 64, tileN: 64, tileK: 16, ownM: 4, ownN: 4 },
  { tileM: 64, tileN: 64, tileK: 16, ownM: 8, ownN: 8 },
  { tileM: 128, tileN: 64, tileK: 16, ownM: 8, ownN: 4 },
  { tileM: 128, tileN: 128, tileK: 8, ownM: 8, ownN: 8 },
  { tileM: 128, tileN: 128, tileK: 16, ownM: 8, ownN: 8 },
] as const

async function timeMatmul(timer: PassTimer, size: number, repeats: Repeats): Promise<Attempt[]> {
  const { gpu } = timer
  const bytes = size * size * 4
  const buffer = () => gpu.device.createBuffer({ size: bytes, usage: STORAGE() })
  const [a, b, c] = [buffer(), buffer(), buffer()]
  const values = (seed: number) => Float32Array.from({ length: size * size }, (_, i) => ((i * seed) % 13) - 6)
  const [valuesA, valuesB] = [values(7), values(11)]
  gpu.device.queue.writeBuffer(a, 0, valuesA)
  gpu.device.queue.writeBuffer(b, 0, valuesB)
  const attempts: Attempt[] = []
  try {
    for (const { tileM, tileN, tileK, ownM, ownN } of TILES) {
      const lanes = (tileM / ownM) * (tileN / ownN)
      if (lanes > gpu.limits.maxComputeInvocationsPerWorkgroup) continue
      if ((tileM + tileN) * tileK * 4 > gpu.limits.maxComputeWorkgroupStorageSize) continue
      const constants = { TILE_M: tileM, TILE_N: tileN, TILE_K: tileK, OWN_M: ownM, OWN_N: ownN }
      const lines = Object.entries(constants).map(([name, value]) => `const ${name} = ${value}u;`)
      const pipeline = await computePipeline(gpu.device, 'matmul', [...lines, matmulSource].join('\n'))
      const run = async () =>
        submit(gpu, 'matmul', [
          {
            pipeline,
            parameters: [{ u32: size }, { u32: size }, { u32: size }],
            bindings: { 1: a, 2: b, 3: c },
            workgroups: [size / tileN, size / tileM],
          },
        ])
      gpu.device.queue.writeBuffer(c, 0, new Float32Array(size * size))
      const name = `tile ${tileM} x ${tileN} x ${tileK}, ${ownM} x ${ownN} per lane`
      attempts.push({ name, microseconds: await timer.times(run, repeats) })
      checkProduct(name, size, valuesA, valuesB, new Float32Array(await readBuffer(gpu, c, bytes)))
    }
  } finally {
    for (const held of [a, b, c]) held.destroy()
  }
  return attempts
}

/** Values are small integers, so the product is exact. */
function checkProduct(name: string, size: number, a: Float32Array, b: Float32Array, c: Float32Array): void {
  for (let n = 0; n < 64; n++) {
    const [row, column] = [(n * 997) % size, (n * 613 + 5) % size]
    let wanted = 0
    for (let k = 0; k < size; k++) wanted += a[k * size + row] * b[k * size + column]
    const found = c[row * size + column]
    if (found === wanted) continue
    throw new ColloquyError({
      code: 'backend',
      what: `reference matmul, ${name}, at (${row}, ${column})`,
      found: String(found),
      wanted: String(wanted),
      todo: 'Update the driver, or use another GPU',
    })
  }
}

/** Measures what the device can do at most. */
export async function measureReference(
  timer: PassTimer,
  copy: Copy,
  sizes: Sizes,
  repeats: Repeats,
): Promise<Reference> {
  const run = async (bytes?: number) => copy.run(timer.gpu, bytes)
  return {
    copy: {
      bytes: 2 * copy.size,
      attempts: [
        { name: 'WGSL kernel', microseconds: await timer.times(() => run(), repeats) },
        { name: 'copyBufferToBuffer', microseconds: await copy.commandTimes(repeats.fewest) },
      ],
    },
    matmul: {
      flops: 2 * sizes.matmul ** 3,
      attempts: await timeMatmul(timer, sizes.matmul, repeats),
    },
    launch: { name: 'kernel that does nothing', microseconds: await timer.times(() => run(0), repeats) },
  }
}
