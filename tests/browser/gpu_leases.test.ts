/** Kernels that fail return their leased buffers: the pool counts those in use. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { adamwOnGpu, gradNormOnGpu } from '../../src/gpu/adamw'
import { readBuffer, uploadBuffer } from '../../src/gpu/buffers'
import { type Gpu, requestGpu } from '../../src/gpu/device'
import { submit } from '../../src/gpu/dispatch'
import { uploadHead } from '../../src/gpu/gpu_head'
import { groupAdvantagesOnGpu } from '../../src/gpu/group_advantages'
import { computePipeline } from '../../src/gpu/pipeline'
import { sampleOnGpu } from '../../src/gpu/sample'
import { tokenLogprobsGradOnGpu, tokenLogprobsOnGpu } from '../../src/gpu/token_logprobs'
import { valuesBy } from '../../src/matrix/matrix_values'

let gpu: Gpu
/** The same device with a limit of no workgroups. */
let tiny: Gpu
let buffer: GPUBuffer

beforeAll(async () => {
  gpu = await requestGpu()
  const limits = Object.create(gpu.limits, { maxComputeWorkgroupsPerDimension: { value: 0 } })
  tiny = { ...gpu, limits }
  buffer = uploadBuffer(gpu, 'test', new Float32Array(64))
})
afterAll(() => {
  gpu.buffers.release(buffer)
  expect(gpu.buffers.live).toBe(0)
  gpu.device.destroy()
})

const ADAMW = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
  update: 1,
}
/** A value that no bind group accepts. */
const NO_BUFFER = {} as GPUBuffer
const HEAD = valuesBy({ out: 8, in: 8 }, () => 1)

const CASES: Readonly<Record<string, () => Promise<unknown>>> = {
  grad_norm: () => gradNormOnGpu(tiny, [{ buffer, length: 4 }], buffer),
  adamw() {
    const array = {
      length: 4,
      parameter: buffer,
      firstMoment: buffer,
      secondMoment: buffer,
      gradient: buffer,
    }
    return adamwOnGpu(gpu, [{ ...array, gradient: NO_BUFFER }], buffer, ADAMW)
  },
  token_logprobs: () => withHead((call) => tokenLogprobsOnGpu(tiny, call)),
  token_logprobs_grad: () => withHead((call) => tokenLogprobsGradOnGpu(tiny, call)),
  sample: () => withHead((call) => sampleOnGpu(tiny, call)),
  group_advantages() {
    const rewards = new Float32Array(8)
    const about = { questions: 1, peers: 2, rollouts: 4, calibrate: false, scaleRewards: 'batch' } as const
    return groupAdvantagesOnGpu(tiny, { rewards, ...about })
  },
  async 'a kernel that is given something else than a buffer'() {
    const source = `@group(0) @binding(0) var<uniform> p: u32;
      @group(0) @binding(1) var<storage, read_write> out: u32;
      @compute @workgroup_size(1) fn main() { out = p; }`
    const pipeline = await computePipeline(gpu.device, 'test', source)
    const bindings = { 1: NO_BUFFER }
    submit(gpu, 'test', [{ pipeline, parameters: [{ u32: 1 }], bindings, workgroups: [1] }])
  },
  'a readback of half a value': () => readBuffer(gpu, buffer, 6),
  async 'a head whose rows cannot be read'() {
    const rows = () => {
      throw new RangeError('no such rows')
    }
    uploadHead(gpu, 'test head', { ...HEAD, rows })
  },
}

async function withHead(
  work: (
    call: Parameters<typeof tokenLogprobsGradOnGpu>[1] &
      Parameters<typeof sampleOnGpu>[1] &
      Parameters<typeof tokenLogprobsOnGpu>[1],
  ) => Promise<void>,
): Promise<void> {
  const head = uploadHead(gpu, 'test head', HEAD)
  // More than one share, so that there are partial results.
  const few = { rows: 4, lanes: 1, workgroups: 64 } as never
  const variants = { token_logprobs: few, token_logprobs_grad: few, sample: few }
  const [ids, logprob, entropy, logSumExp] = [buffer, buffer, buffer, buffer]
  const [coef, hiddenGrad, keys, positions, logprobs] = [buffer, buffer, buffer, buffer, buffer]
  const outputs = { ids, logprob, entropy, logSumExp, coef, hiddenGrad, keys, positions, logprobs }
  const shape = { tokens: 4, rows: 4, hidden: buffer, temperature: 1 }
  try {
    await work({ ...shape, ...outputs, head: { ...head, variants } })
  } finally {
    head.release()
  }
}

let before = 0
beforeEach(() => {
  before = gpu.buffers.live
})

it.each(Object.keys(CASES))('%s', async (name) => {
  await expect(CASES[name]()).rejects.toThrow()
  expect(gpu.buffers.live).toBe(before)
})
