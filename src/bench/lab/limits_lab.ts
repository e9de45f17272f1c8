/** What the machine can do at most: the best product, and a plain copy. */
import { requestGpu } from '../../gpu/device'
import { type Backend, dispose, Runtime } from '../../model/runtime'
import { GraphBuilder } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import { tensorOf } from '../../onnx/proto'
import { Stream, seedKey } from '../../random'

export interface LimitsLab {
  openLimits(backend: Backend, threads: number, scale: number): Promise<void>
  /** Multiplications and additions a second of the best of several large products, in 1e9. */
  product(): Promise<number>
  /** Bytes read and written a second by a copy of 64 MB, in 1e9. */
  copy(): Promise<number>
}

/** (M, K, N): the shapes of a head, of a layer's linears, and square. */
const SHAPES = [
  [1024, 576, 2048],
  [512, 1024, 1024],
  [1024, 1024, 1024],
] as const
const COPIED_BYTES = 64e6

type Product = () => Promise<number>

export function limitsLab(): LimitsLab {
  let open: { products: readonly Product[]; copy: () => Promise<number> } | undefined
  const opened = () => {
    if (!open) throw new Error('open limits first')
    return open
  }
  return {
    async openLimits(backend, threads, scale) {
      const gpu = backend === 'webgpu' ? await requestGpu() : undefined
      const runtime = await Runtime.create({ backend, threads, gpu })
      const products: Product[] = []
      for (const [rows, inner, columns] of SHAPES)
        products.push(await productOf(runtime, rows / scale, inner / scale, columns / scale))
      open = { products, copy: gpu ? gpuCopy(gpu.device, COPIED_BYTES / scale) : heapCopy }
    },
    async product() {
      let best = 0
      for (const product of opened().products) best = Math.max(best, await product())
      return best
    },
    copy: () => opened().copy(),
  }
}

/** The product's sum is all that leaves the graph, so that moving the result costs nothing. */
async function productOf(runtime: Runtime, rows: number, inner: number, columns: number): Promise<Product> {
  const stream = new Stream(seedKey(rows))
  const values = (size: number) => Float32Array.from({ length: size }, () => stream.uniform() - 0.5)
  const b = new GraphBuilder('product')
  const x = b.input('x', 'f32', [rows, inner])
  const w = b.initializer('w', tensorOf('f32', [inner, columns], values(inner * columns)))
  b.output('sum', ops.reduceSum(b, ops.matMul(b, x, w), [0, 1], false))
  const session = await runtime.session(b.build())
  const fed = runtime.floats(values(rows * inner), [rows, inner])
  return async () => {
    const start = performance.now()
    const { sum } = await runtime.run(session, { x: fed })
    await runtime.read(sum)
    const seconds = (performance.now() - start) / 1000
    dispose(sum)
    return (2 * rows * inner * columns) / seconds / 1e9
  }
}

let arrays: { from: Uint8Array; to: Uint8Array } | undefined

async function heapCopy(): Promise<number> {
  arrays ??= { from: new Uint8Array(COPIED_BYTES).fill(1), to: new Uint8Array(COPIED_BYTES).fill(2) }
  const start = performance.now()
  arrays.to.set(arrays.from)
  return (2 * COPIED_BYTES) / ((performance.now() - start) / 1000) / 1e9
}

function gpuCopy(device: GPUDevice, size: number): () => Promise<number> {
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const bytes = Math.floor(size / 16) * 16
  const [from, to] = [
    device.createBuffer({ size: bytes, usage }),
    device.createBuffer({ size: bytes, usage }),
  ]
  return async () => {
    await device.queue.onSubmittedWorkDone()
    const start = performance.now()
    const encoder = device.createCommandEncoder()
    encoder.copyBufferToBuffer(from, 0, to, 0, bytes)
    device.queue.submit([encoder.finish()])
    await device.queue.onSubmittedWorkDone()
    return (2 * bytes) / ((performance.now() - start) / 1000) / 1e9
  }
}
