/** The machine's limit: the best of several large products. */
import { requestGpu } from '../../gpu/device'
import { type Backend, dispose, Runtime } from '../../model/runtime'
import { GraphBuilder } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import { tensorOf } from '../../onnx/proto'
import { Stream, seedKey } from '../../random'

export interface ProductLab {
  /** @param scale divides the sizes of the products */
  openProducts(backend: Backend, threads: number, scale: number): Promise<void>
  /** GFLOP/s of the best product. */
  product(): Promise<number>
}

/** (M, K, N): the shapes of a head, of a layer's linears, and square. */
const SHAPES = [
  [1024, 576, 2048],
  [512, 1024, 1024],
  [1024, 1024, 1024],
] as const

type Product = () => Promise<number>

export function productLab(): ProductLab {
  const products: Product[] = []
  return {
    async openProducts(backend, threads, scale) {
      const gpu = backend === 'webgpu' ? await requestGpu() : undefined
      const runtime = await Runtime.create({ backend, threads, gpu })
      for (const [rows, inner, columns] of SHAPES)
        products.push(await productOf(runtime, rows / scale, inner / scale, columns / scale))
    },
    async product() {
      let best = 0
      for (const product of products) best = Math.max(best, await product())
      return best
    },
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
