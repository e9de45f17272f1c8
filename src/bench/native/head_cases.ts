import { tuneHead } from '../../gpu/autotune'
import { readBuffer } from '../../gpu/buffers'
import { type DeviceStore, type Gpu, isSoftware } from '../../gpu/device'
import { type GpuHead, uploadHead } from '../../gpu/gpu_head'
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
import { type Cost, type HeadShape, sampleCost, tokenLogprobsCost, tokenLogprobsGradCost } from './cost'
import {
  CaseBuffers,
  type KernelCase,
  type KernelVariant,
  largestDeviation,
  type OpenCase,
  randomFloats,
} from './kernel_case'

const TEMPERATURE = 0.9

type Scoring = ReturnType<typeof scoring>

/** A kernel with its inputs on the device. */
interface Prepared {
  run(head: GpuHead): Promise<void>
  deviation: OpenCase['deviation']
}

/** The kernels that read the head, each at a shape. The store keeps which variants a run would take. */
export const HEAD_CASES = {
  token_logprobs: headCase('token_logprobs', 'T', tokenLogprobsCost, prepareLogprobs),
  token_logprobs_grad: headCase('token_logprobs_grad', 'T', tokenLogprobsGradCost, prepareGradient),
  sample: headCase('sample', 'B', sampleCost, prepareSample),
} as const satisfies Record<HeadKernel, (shape: HeadShape, store: DeviceStore) => KernelCase>

/** @param letter of the rows, as the kernel's shader calls them */
function headCase(
  kernel: HeadKernel,
  letter: string,
  cost: (shape: HeadShape) => Cost,
  prepare: (gpu: Gpu, scoring: Scoring, shape: HeadShape) => Prepared | Promise<Prepared>,
) {
  return (shape: HeadShape, store: DeviceStore): KernelCase => ({
    kernel,
    shape: `${shape.format}, V ${shape.vocabulary}, H ${shape.width}, ${letter} ${shape.rows}`,
    cost: cost(shape),
    async open(gpu) {
      const inputs = scoring(gpu, shape)
      const { run, deviation } = await prepare(gpu, inputs, shape)
      return {
        ways: await variantsOf(gpu, kernel, inputs.call.head, store, run),
        deviation,
        close: inputs.close,
      }
    },
  })
}

function prepareLogprobs(gpu: Gpu, { inputs, call, buffers }: Scoring, { rows }: HeadShape): Prepared {
  const [logprob, entropy] = [buffers.empty(rows * 4), buffers.empty(rows * 4)]
  return {
    run: (head) => tokenLogprobsOnGpu(gpu, { ...call, head, logprob, entropy }),
    async deviation() {
      const wanted = tokenLogprobs(inputs)
      const read = (buffer: GPUBuffer) => buffers.floats(buffer, rows)
      return Math.max(
        largestDeviation(await read(logprob), wanted.logprob),
        largestDeviation(await read(entropy), wanted.entropy),
        largestDeviation(await read(call.logSumExp), wanted.logSumExp),
      )
    },
  }
}

async function prepareGradient(
  gpu: Gpu,
  scored: Scoring,
  { rows, width, ...shape }: HeadShape,
): Promise<Prepared> {
  const { inputs, call, buffers } = scored
  const values = randomFloats(new Stream(seedKey(3)), rows, -1, 1)
  const coef = buffers.upload(values)
  const hiddenGrad = buffers.empty(rows * width * 4)
  // Scoring leaves log sum exp in its buffer, which the gradient reads.
  await prepareLogprobs({ ...gpu, timer: undefined }, scored, { rows, width, ...shape }).run(call.head)
  return {
    run: (head) => tokenLogprobsGradOnGpu(gpu, { ...call, head, coef, hiddenGrad }),
    async deviation() {
      const { logSumExp } = tokenLogprobs(inputs)
      const wanted = tokenLogprobsGrad({ ...inputs, coef: values, logSumExp })
      return largestDeviation(await buffers.floats(hiddenGrad, rows * width), wanted)
    },
  }
}

function prepareSample(gpu: Gpu, { inputs, call, buffers }: Scoring, { rows }: HeadShape): Prepared {
  const keys = Uint32Array.from({ length: 2 * rows }, (_, i) => i * 0x9e3779b9)
  const positions = Uint32Array.from({ length: rows }, (_, i) => i)
  const [ids, logprobs] = [buffers.empty(rows * 4), buffers.empty(rows * 4)]
  const { hidden } = call
  const uploaded = { keys: buffers.upload(keys), positions: buffers.upload(positions) }
  const drawing = { rows, hidden, ...uploaded, temperature: TEMPERATURE, ids, logprobs }
  return {
    run: (head) => sampleOnGpu(gpu, { ...drawing, head }),
    async deviation() {
      const { hidden, head } = inputs
      const wanted = sample({ hidden, head, keys, positions, temperature: TEMPERATURE })
      const found = new Uint32Array(await readBuffer(gpu, ids, rows * 4))
      if (found.some((id, row) => id !== wanted.ids[row])) return Number.POSITIVE_INFINITY
      return largestDeviation(await buffers.floats(logprobs, rows), wanted.logprobs)
    },
  }
}

/** A kernel's variants on this head, and which of them a run would take. */
async function variantsOf(
  gpu: Gpu,
  kernel: HeadKernel,
  head: GpuHead,
  store: DeviceStore,
  run: (head: GpuHead) => Promise<void>,
): Promise<KernelVariant[]> {
  const { variants } = await tuneHead({ ...gpu, timer: undefined }, head, store)
  // A software GPU is too slow to try all of them.
  const candidates = isSoftware(gpu.info) ? [DEFAULT_VARIANT] : variantsWithin(kernel, gpu.limits)
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
function randomHead({ format, vocabulary, width }: HeadShape): Matrix {
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
