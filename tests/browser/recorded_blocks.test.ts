/** Compares the recorded halves of a layer with runs of ONNX Runtime, bit for bit. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { requestGpu } from '../../src/gpu/device'
import { type Blocks, compileBlocks } from '../../src/model/blocks'
import { blockGraphs } from '../../src/model/graphs/block_graphs'
import { perLinear } from '../../src/model/import/config'
import { passPlan } from '../../src/model/memory/activations'
import { RecordedBlocks } from '../../src/model/recorded_blocks'
import { disposeAll, type Feeds, Runtime, sizeOf } from '../../src/model/runtime'
import type { ValueDescription } from '../../src/onnx/proto'
import { Stream, seedKey } from '../../src/random'
import { scoped } from '../../src/scope'
import { smallConfig } from '../reference/small_model'

const config = smallConfig('llama', { hiddenSize: 32, intermediateSize: 64 })
const halves = blockGraphs({
  config,
  linears: perLinear(() => 'q4'),
  embedding: 'f32',
  head: 'f32',
  lora: { rank: 2, alpha: 4 },
  ...passPlan(config, 'webgpu', 'f32'),
})
const RESULTS = ['y', 'keys', 'values', ...halves.kept]
const inputs = [...halves.forward.graph.inputs, ...halves.backward.graph.inputs].filter(
  ({ name }) => !halves.kept.includes(name),
)

let runtime: Runtime
let plain: Blocks
let recorded: RecordedBlocks

beforeAll(async () => {
  const gpu = await requestGpu()
  runtime = await Runtime.create({ backend: 'webgpu', threads: 1, gpu })
  plain = await compileBlocks(runtime, halves)
  recorded = new RecordedBlocks(gpu, runtime, halves)
})
afterAll(async () => {
  await runtime.close()
  runtime.device.destroy()
})

/** Returns random inputs of a layer with rows of this shape. */
function feedsOf(seed: number, rows: number, length: number): Feeds {
  const stream = new Stream(seedKey(seed))
  const dims: Record<string, number> = { B: rows, S: length, P: config.maxPositions }
  const random = ({ name, type, shape }: ValueDescription) => {
    const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : dims[dim]))
    const count = sizes.reduce((all, size) => all * size, 1)
    if (type === 'u8')
      return runtime.bytes(
        Uint8Array.from({ length: count }, () => stream.int(0, 255)),
        sizes,
      )
    const value = () => (name === 'positions' ? stream.int(0, length - 1) : 0.2 * (2 * stream.uniform() - 1))
    return runtime.floats(Float32Array.from({ length: count }, value), sizes)
  }
  return Object.fromEntries(inputs.map((input) => [input.name, random(input)]))
}

/** Returns the bytes of all results of both halves. */
function resultsOf(blocks: Blocks, feeds: Feeds): Promise<Map<string, Uint8Array>> {
  return scoped(async (scope) => {
    const forward = scope.hold(await blocks.forward(feeds, RESULTS), disposeAll)
    const backward = scope.hold(await blocks.backward({ ...feeds, ...forward }), disposeAll)
    const results = new Map<string, Uint8Array>()
    for (const [name, tensor] of Object.entries({ ...forward, ...backward }))
      results.set(name, await runtime.readUploaded(tensor, sizeOf(tensor)))
    return results
  })
}

it('a recorded layer computes on other buffers what ONNX Runtime computes', async () => {
  const layers = [feedsOf(1, 2, 8), feedsOf(2, 2, 8)]
  const wanted = []
  for (const feeds of layers) wanted.push(await resultsOf(plain, feeds))
  expect(wanted[0].size).toBe(RESULTS.length + 2)
  expect(wanted[1].get('gradient')).not.toEqual(wanted[0].get('gradient'))
  // The first is recorded; the second, and the first again, use the recording.
  for (const layer of [0, 1, 0]) expect(await resultsOf(recorded, layers[layer])).toEqual(wanted[layer])
  for (const feeds of layers) disposeAll(feeds)
})
