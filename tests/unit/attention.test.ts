import type { Tensor } from 'onnxruntime-web/wasm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Attend, attendInBlocks, attendOver, wholeBlocks } from '../../src/model/graphs/attention'
import { treeMaskGraph } from '../../src/model/graphs/block_graphs'
import { Runtime } from '../../src/model/runtime'
import { layoutOf } from '../../src/model/transformer'
import { gradients } from '../../src/onnx/autodiff'
import { GraphBuilder } from '../../src/onnx/graph'
import { Stream, seedKey } from '../../src/random'
import { relativeError } from '../reference/central_differences'
import { randomVector, smallConfig } from '../reference/small_model'

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.create({ backend: 'wasm', threads: 1 })
})
afterAll(() => runtime.close())

const ROWS = 2
const LENGTH = 12

/**
 * Row 0 is a prompt of 4 tokens with two answers of 3 and 4, row 1 a single sequence; the rest is padding.
 */
const ENDS = Float32Array.from([
  11,
  11,
  11,
  11,
  7,
  7,
  7,
  11,
  11,
  11,
  11,
  12,
  ...Array<number>(LENGTH).fill(LENGTH),
])

/** Computes attention and its gradients, with masks from `treeMaskGraph` for this number of blocks. */
async function attend(blocks: number, make: (b: GraphBuilder, masks: number) => Attend) {
  const config = smallConfig('llama')
  const { heads, kvHeads, headDim } = config
  const b = new GraphBuilder('attention')
  const q = b.input('q', 'f32', ['B', heads, 'S', headDim])
  const kT = b.input('kT', 'f32', ['B', kvHeads, headDim, 'S'])
  const v = b.input('v', 'f32', ['B', kvHeads, 'S', headDim])
  const dy = b.input('dy', 'f32', q.shape)
  const y = make(b, blocks)(q, { kT, v })
  b.output('y', y)
  gradients(b, y, dy, [q, kT, v]).forEach((gradient, i) => {
    b.output(['dq', 'dkT', 'dv'][i], gradient)
  })
  const stream = new Stream(seedKey(3))
  const random = (...shape: number[]): Tensor =>
    runtime.floats(
      randomVector(
        shape.reduce((x, n) => x * n),
        stream,
      ),
      shape,
    )
  const rows = { positions: new Float32Array(ROWS * LENGTH), ends: ENDS, rows: ROWS, length: LENGTH }
  const { positions: _, ...masks } = await layoutOf(
    runtime,
    await runtime.session(treeMaskGraph(blocks, 'f32')),
    rows,
  )
  const out = await runtime.run(await runtime.session(b.build()), {
    ...masks,
    q: random(ROWS, heads, LENGTH, headDim),
    kT: random(ROWS, kvHeads, headDim, LENGTH),
    v: random(ROWS, kvHeads, LENGTH, headDim),
    dy: random(ROWS, heads, LENGTH, headDim),
  })
  return Promise.all(['y', 'dq', 'dkT', 'dv'].map((name) => runtime.read(out[name])))
}

test.each([1, 2, 3, 4])(
  'in %i blocks of queries, values and gradients are those of derived attention',
  async (blocks) => {
    const config = smallConfig('llama')
    const found = await attend(blocks, (b, count) => {
      const short = count === 1 ? 'S' : `S/${count}`
      const masks = Array.from({ length: count }, (_, i) =>
        b.input(`mask${i}`, 'f32', ['B', 1, short, i === 0 ? short : `${i + 1}*${short}`]),
      )
      return attendInBlocks(b, config, masks)
    })
    const wanted = await attend(1, (b) => {
      const mask = b.input('mask0', 'f32', ['B', 1, 'S', 'S'])
      return attendOver(b, config, (own) => [{ ...own, mask }])
    })
    found.forEach((values, i) => {
      expect(relativeError(values, Float64Array.from(wanted[i]))).toBeLessThan(1e-6)
    })
  },
)

test('lengths are padded to whole blocks', () => {
  expect([1, 4, 5, 319, 320].map(wholeBlocks)).toEqual([4, 4, 8, 320, 320])
})
