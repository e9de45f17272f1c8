import type { Halves } from '../onnx/partition'
import type { Feeds, Runtime } from './runtime'

/** Runs the two halves of a layer (`blockGraphs`). The caller owns the results. */
export interface Blocks {
  /** Returns the size to which rows, and tokens of a row, are padded. */
  padded(size: number): number
  /** @param outputs names of the wanted results */
  forward(feeds: Feeds, outputs: readonly string[]): Promise<Feeds>
  /** Returns dx and gradient. */
  backward(feeds: Feeds): Promise<Feeds>
}

/** Compiles both halves for every shape; each call is a run of ONNX Runtime. */
export async function compileBlocks(
  runtime: Runtime,
  halves: Pick<Halves, 'forward' | 'backward'>,
): Promise<Blocks> {
  const forward = await runtime.session(halves.forward)
  const backward = await runtime.session(halves.backward)
  return {
    padded: (size) => size,
    forward: (feeds, outputs) => runtime.run(forward, feeds, outputs),
    backward: (feeds) => runtime.run(backward, feeds),
  }
}
