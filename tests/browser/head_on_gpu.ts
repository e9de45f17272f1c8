/** Compares heads on the GPU with the same heads on the CPU. Each importing file has its own device. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBuffer, uploadBuffer } from '../../src/gpu/buffers'
import { type Gpu, requestGpu } from '../../src/gpu/device'
import { type GpuHead, uploadHead } from '../../src/gpu/gpu_head'
import { everyKernel, type HeadVariant } from '../../src/gpu/head_variants'
import { sampleOnGpu } from '../../src/gpu/sample'
import { tokenLogprobsGradOnGpu, tokenLogprobsOnGpu } from '../../src/gpu/token_logprobs'
import { sample } from '../../src/grpo/sample'
import { tokenLogprobs, tokenLogprobsGrad } from '../../src/grpo/token_logprobs'
import type { Matrix } from '../../src/matrix/matrix'
import { valuesOf } from '../../src/matrix/matrix_values'
import { deriveKey, Stream, seedKey } from '../../src/random'
import { expectClose } from '../data/closeness'

/** A head of a model to test with: its shape, and the kernels' division of work. */
export interface HeadCase {
  readonly format: 'f32' | 'q8' | 'q4'
  readonly tokens: number
  readonly vocabulary: number
  readonly width: number
  readonly variant: HeadVariant
}

export let gpu: Gpu
const held: GPUBuffer[] = []
export const heads: GpuHead[] = []

beforeAll(async () => {
  gpu = await requestGpu()
})
afterAll(() => {
  for (const buffer of held) gpu.buffers.release(buffer)
  for (const head of heads) head.release()
  expect(gpu.buffers.owners()).toEqual(new Map())
  gpu.device.destroy()
})

export function upload(data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GPUBuffer {
  const buffer = uploadBuffer(gpu, 'test', data)
  held.push(buffer)
  return buffer
}
export function empty(count: number): GPUBuffer {
  const buffer = gpu.buffers.acquire('test', count * 4, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC)
  held.push(buffer)
  return buffer
}
export const floats = async (buffer: GPUBuffer, count: number) =>
  new Float32Array(await readBuffer(gpu, buffer, count * 4))

function normals(stream: Stream, count: number, spread = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, () => spread * 2 * (stream.uniform() + stream.uniform() - 1))
}

export function randomHead(format: 'f32' | 'q8' | 'q4', out: number, width: number): Matrix {
  const stream = new Stream(seedKey(out * 1000 + width))
  if (format === 'f32') return { kind: 'f32', out, in: width, data: normals(stream, out * width) }
  const bits = format === 'q8' ? 8 : 4
  const blocks = Math.ceil(width / 32)
  return {
    kind: 'blocks',
    bits,
    out,
    in: width,
    packed: Uint8Array.from({ length: out * blocks * 4 * bits }, () => stream.bits()),
    scales: Float32Array.from({ length: out * blocks }, () => (0.5 + stream.uniform()) / 2 ** (bits - 1)),
  }
}

// T is no multiple of the row tiles 4, 8 and 16. V is no multiple of the 1024 items of 256 lanes. The last
// block is half full.
export const OFF_EVERY_TILE = { format: 'q4', tokens: 19, vocabulary: 1101, width: 40 } as const
const nameOf =
  '$format, T = $tokens, V = $vocabulary, H = $width, ' +
  '$variant.rows rows, $variant.lanes lanes, $variant.workgroups workgroups'

async function input({ format, tokens, vocabulary, width, variant }: HeadCase) {
  const stream = new Stream(seedKey(tokens + vocabulary + width))
  const matrix = randomHead(format, vocabulary, width)
  const head = { ...uploadHead(gpu, 'test head', valuesOf(matrix)), variants: everyKernel(variant) }
  heads.push(head)
  const hidden = normals(stream, tokens * width, 2 / Math.sqrt(width))
  const ids = Uint32Array.from({ length: tokens }, (_, t) =>
    t === 0 ? vocabulary - 1 : stream.int(0, vocabulary - 1),
  )
  return { matrix, head, hidden, ids, stream }
}

/** Tests the kernels that read the head against their references on the CPU. */
export function describeHeadKernels(cases: readonly HeadCase[]): void {
  describe('token_logprobs', () => {
    it.each(cases)(`and its gradient agree with the CPU: ${nameOf}`, async (shape) => {
      const { tokens, width, variant } = shape
      const { matrix, head, hidden, ids, stream } = await input(shape)
      const temperature = 0.8
      const wanted = tokenLogprobs({ hidden, head: matrix, ids, temperature })
      const buffers = { hidden: upload(hidden), ids: upload(ids), logSumExp: empty(tokens) }
      const logprob = empty(tokens)
      const entropy = empty(tokens)
      await tokenLogprobsOnGpu(gpu, { tokens, head, temperature, ...buffers, logprob, entropy })
      expectClose(await floats(logprob, tokens), wanted.logprob, 2e-5)
      expectClose(await floats(entropy, tokens), wanted.entropy, 2e-5)
      expectClose(await floats(buffers.logSumExp, tokens), wanted.logSumExp, 2e-5)

      // Masks some rows, including the whole last tile where there are two.
      const masked = (t: number) => t % 7 > 3 || (t >= 4 && t >= tokens - (tokens % variant.rows))
      const coef = Float32Array.from({ length: tokens }, (_, t) => (masked(t) ? 0 : stream.uniform() - 0.5))
      const hiddenGrad = upload(new Float32Array(tokens * width).fill(9))
      await tokenLogprobsGradOnGpu(gpu, {
        tokens,
        head,
        temperature,
        ...buffers,
        coef: upload(coef),
        hiddenGrad,
      })
      const gradient = tokenLogprobsGrad({
        hidden,
        head: matrix,
        ids,
        temperature,
        coef,
        logSumExp: wanted.logSumExp,
      })
      expectClose(await floats(hiddenGrad, tokens * width), gradient, 2e-5)
    })
  })

  describe('sample', () => {
    it.each(cases)(`agrees with the CPU: ${nameOf}`, async (shape) => {
      const { tokens: rows } = shape
      const { matrix, head, hidden } = await input(shape)
      const keys = new Uint32Array(rows * 2)
      for (let b = 0; b < rows; b++) keys.set(deriveKey(seedKey(1), b), 2 * b)
      const positions = Uint32Array.from({ length: rows }, (_, b) => 3 * b)
      const buffers = { hidden: upload(hidden), keys: upload(keys), positions: upload(positions) }
      for (const temperature of [0, 0.7, 1.5]) {
        const [ids, logprobs] = [empty(rows), empty(rows)]
        await sampleOnGpu(gpu, { rows, head, ...buffers, temperature, ids, logprobs })
        const wanted = sample({ hidden, head: matrix, keys, positions, temperature })
        expect([...new Uint32Array(await readBuffer(gpu, ids, rows * 4))]).toEqual([...wanted.ids])
        expectClose(await floats(logprobs, rows), wanted.logprobs, 2e-5)
      }
    })
  })
}
