import { tuneHead, type VariantStore } from '../../gpu/autotune'
import { readBuffer } from '../../gpu/buffers'
import type { Gpu } from '../../gpu/device'
import { type GpuHead, uploadHead } from '../../gpu/head'
import {
  DEFAULT_VARIANT,
  everyKernel,
  type HeadKernel,
  variantName,
  variantsWithin,
} from '../../gpu/head_variants'
import { sampleOnGpu } from '../../gpu/sample'
import { tokenLogprobsGradOnGpu, tokenLogprobsOnGpu } from '../../gpu/token_logprobs'
import { sample } from '../../grpo/sample'
import { tokenLogprobs, tokenLogprobsGrad } from '../../grpo/token_logprobs'
import type { Matrix } from '../../matrix/matrix'
import { valuesOf } from '../../matrix/matrix_values'
import { Stream, seedKey } from '../../random'
import { type HeadFormat, type HeadShape, sampleCost, tokenLogprobsCost, tokenLogprobsGradCost } from './cost'
import { CaseBuffers, type KernelCase, largestDeviation, randomFloats, type Way } from './kernel_case'

const TEMPERATURE = 0.9

/** The kernels that read the head, each at a shape. The store keeps which variants a run would take. */
export const HEAD_CASES = {
  token_logprobs: tokenLogprobsCase,
  token_logprobs_grad: tokenLogprobsGradCase,
  sample: sampleCase,
} as const satisfies Record<HeadKernel, (shape: HeadShape, store: VariantStore) => KernelCase>

function nameOf({ format, vocabulary, width, rows }: HeadShape, letter: string): string {
  return `${format}, V ${vocabulary}, H ${width}, ${letter} ${rows}`
}

function tokenLogprobsCase(shape: HeadShape, store: VariantStore): KernelCase {
  return {
    kernel: 'token_logprobs',
    shape: nameOf(shape, 'T'),
    cost: tokenLogprobsCost(shape),
    async open(gpu) {
      const { inputs, call, buffers, close } = scoring(gpu, shape)
      const outputs = [buffers.empty(shape.rows * 4), buffers.empty(shape.rows * 4)]
      const [logprob, entropy] = outputs
      return {
        ways: await waysOf(gpu, 'token_logprobs', call.head, store, (head) =>
          tokenLogprobsOnGpu(gpu, { ...call, head, logprob, entropy }),
        ),
        async deviation() {
          const wanted = tokenLogprobs(inputs)
          const read = (buffer: GPUBuffer) => buffers.floats(buffer, shape.rows)
          return Math.max(
            largestDeviation(await read(logprob), wanted.logprob),
            largestDeviation(await read(entropy), wanted.entropy),
            largestDeviation(await read(call.logSumExp), wanted.logSumExp),
          )
        },
        close,
      }
    },
  }
}

function tokenLogprobsGradCase(shape: HeadShape, store: VariantStore): KernelCase {
  return {
    kernel: 'token_logprobs_grad',
    shape: nameOf(shape, 'T'),
    cost: tokenLogprobsGradCost(shape),
    async open(gpu) {
      const { inputs, call, buffers, close } = scoring(gpu, shape)
      const { rows, width } = shape
      const values = randomFloats(new Stream(seedKey(3)), rows, -1, 1)
      const coef = buffers.upload(values)
      const hiddenGrad = buffers.empty(rows * width * 4)
      const [logprob, entropy] = [buffers.empty(rows * 4), buffers.empty(rows * 4)]
      // Sets log sum exp, which stays.
      await tokenLogprobsOnGpu({ ...gpu, timer: undefined }, { ...call, logprob, entropy })
      return {
        ways: await waysOf(gpu, 'token_logprobs_grad', call.head, store, (head) =>
          tokenLogprobsGradOnGpu(gpu, { ...call, head, coef, hiddenGrad }),
        ),
        async deviation() {
          const { logSumExp } = tokenLogprobs(inputs)
          const wanted = tokenLogprobsGrad({ ...inputs, coef: values, logSumExp })
          return largestDeviation(await buffers.floats(hiddenGrad, rows * width), wanted)
        },
        close,
      }
    },
  }
}

function sampleCase(shape: HeadShape, store: VariantStore): KernelCase {
  return {
    kernel: 'sample',
    shape: nameOf(shape, 'B'),
    cost: sampleCost(shape),
    async open(gpu) {
      const { inputs, call, buffers, close } = scoring(gpu, shape)
      const { rows } = shape
      const keys = Uint32Array.from({ length: 2 * rows }, (_, i) => i * 0x9e3779b9)
      const positions = Uint32Array.from({ length: rows }, (_, i) => i)
      const [ids, logprobs] = [buffers.empty(rows * 4), buffers.empty(rows * 4)]
      const drawing = {
        rows,
        hidden: call.hidden,
        keys: buffers.upload(keys),
        positions: buffers.upload(positions),
        temperature: TEMPERATURE,
        ids,
        logprobs,
      }
      return {
        ways: await waysOf(gpu, 'sample', call.head, store, (head) => sampleOnGpu(gpu, { ...drawing, head })),
        async deviation() {
          const { hidden, head } = inputs
          const wanted = sample({ hidden, head, keys, positions, temperature: TEMPERATURE })
          const found = new Uint32Array(await readBuffer(gpu, ids, rows * 4))
          if (found.some((id, row) => id !== wanted.ids[row])) return Number.POSITIVE_INFINITY
          return largestDeviation(await buffers.floats(logprobs, rows), wanted.logprobs)
        },
        close,
      }
    },
  }
}

/** A kernel's variants on this head, and which of them a run would take. */
async function waysOf(
  gpu: Gpu,
  kernel: HeadKernel,
  head: GpuHead,
  store: VariantStore,
  run: (head: GpuHead) => Promise<void>,
): Promise<Way[]> {
  const { variants } = await tuneHead({ ...gpu, timer: undefined }, head, store)
  // Where a processor plays the GPU there is nothing to choose, and no time for all of them.
  const candidates = gpu.info.isFallbackAdapter ? [DEFAULT_VARIANT] : variantsWithin(kernel, gpu.limits)
  return candidates.map((variant) => ({
    name: variantName(variant),
    chosen: variantName(variant) === variantName(variants[kernel]),
    run: () => run({ ...head, variants: everyKernel(variant) }),
  }))
}

/** What all three read: hidden (T, H), head (V, H), ids (T), on both sides. */
function scoring(gpu: Gpu, shape: HeadShape) {
  const { rows, width, vocabulary } = shape
  const buffers = new CaseBuffers(gpu)
  try {
    const stream = new Stream(seedKey(1))
    const matrix = randomHead(shape)
    const head = uploadHead(gpu, 'bench head', valuesOf(matrix))
    const hidden = randomFloats(stream, rows * width, -2 / Math.sqrt(width), 2 / Math.sqrt(width))
    const ids = Uint32Array.from({ length: rows }, () => stream.int(0, vocabulary - 1))
    const call = {
      tokens: rows,
      hidden: buffers.upload(hidden),
      head,
      ids: buffers.upload(ids),
      temperature: TEMPERATURE,
      logSumExp: buffers.empty(rows * 4),
    }
    const close = () => {
      head.release()
      buffers.close()
      // A head of another shape needs the room.
      gpu.buffers.trim()
    }
    return { inputs: { hidden, head: matrix, ids, temperature: TEMPERATURE }, call, buffers, close }
  } catch (error) {
    buffers.close()
    throw error
  }
}

/** Values of magnitude 2 and below. */
function randomHead({
  format,
  vocabulary,
  width,
}: {
  format: HeadFormat
  vocabulary: number
  width: number
}): Matrix {
  const bits = format === 'q8' ? 8 : 4
  const blocks = vocabulary * Math.ceil(width / 32)
  const scales = new Float32Array(blocks)
  for (let i = 0; i < blocks; i++) scales[i] = (0.5 + ((i * 7) % 16) / 32) / 2 ** (bits - 1)
  return {
    kind: 'blocks',
    bits,
    out: vocabulary,
    in: width,
    packed: randomBytes(blocks * 4 * bits),
    scales,
  }
}

/** Random bytes that repeat: a hundred million fresh ones would take longer than what is timed. */
function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count)
  const period = Math.min(count, 99_991)
  const stream = new Stream(seedKey(2))
  for (let i = 0; i < period; i++) bytes[i] = stream.bits() & 255
  for (let filled = period; filled < count; filled *= 2)
    bytes.copyWithin(filled, 0, Math.min(filled, count - filled))
  return bytes
}
