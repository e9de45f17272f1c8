import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adamwOnGpu, gradNormOnGpu, NORM_BYTES, readNorm } from '../../src/gpu/adamw'
import { readBuffer, uploadBuffer } from '../../src/gpu/buffers'
import { type Gpu, requestGpu } from '../../src/gpu/device'
import { groupAdvantagesOnGpu } from '../../src/gpu/group_advantages'
import { grpoLossOnGpu, lossSumsBytes, packSequences, readLossSums } from '../../src/gpu/grpo_loss'
import { adamw, gradNorm } from '../../src/grpo/adamw'
import { groupAdvantages } from '../../src/grpo/group_advantages'
import { grpoLoss, type LossBatch, lossNormalizer, lossStatistics } from '../../src/grpo/grpo_loss'
import type { LossOptions } from '../../src/grpo/types'
import { Stream, seedKey } from '../../src/random'
import { expectClose } from '../data/closeness'
import { ADAMW_TABLE, ADVANTAGE_CASES, LOSS_BATCH, LOSS_CASES } from '../data/grpo_table'

let gpu: Gpu
let live: number
const held: GPUBuffer[] = []

beforeAll(async () => {
  gpu = await requestGpu()
  live = gpu.buffers.live
})
afterAll(() => {
  for (const buffer of held) gpu.buffers.release(buffer)
  expect(gpu.buffers.owners()).toEqual(new Map())
  expect(gpu.buffers.live).toBe(live)
  gpu.device.destroy()
})

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

function upload(data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GPUBuffer {
  const buffer = uploadBuffer(gpu, 'test', data)
  held.push(buffer)
  return buffer
}
function empty(bytes: number): GPUBuffer {
  const buffer = gpu.buffers.acquire('test', bytes, STORAGE())
  held.push(buffer)
  return buffer
}
const floats = async (buffer: GPUBuffer, count: number) =>
  new Float32Array(await readBuffer(gpu, buffer, count * 4))

describe('group_advantages', () => {
  it.each(ADVANTAGE_CASES)('agrees with the table: $name', async ({ request, expected }) => {
    const report = await groupAdvantagesOnGpu(gpu, request)
    expectClose(report.calibrated, expected.calibrated, 1e-5)
    expectClose(report.advantages, expected.advantages, 1e-5)
    expectClose([report.clippedFraction, report.shift], [expected.clippedFraction, expected.shift], 1e-5)
    expect([...report.zeroVariance]).toEqual(expected.zeroVariance)
  })

  it.each(['group', 'batch', 'none'] as const)(
    'agrees with the CPU over many odd groups, %s',
    async (scaleRewards) => {
      const [questions, peers, rollouts] = [23, 3, 7]
      const stream = new Stream(seedKey(2))
      const rewards = Float32Array.from({ length: questions * peers * rollouts }, () => stream.int(0, 9) / 8)
      rewards.fill(0.1, 5 * rollouts, 6 * rollouts)
      const request = { rewards, questions, peers, rollouts, calibrate: true, scaleRewards }
      const found = await groupAdvantagesOnGpu(gpu, request)
      const wanted = groupAdvantages(request)
      expectClose(found.advantages, wanted.advantages, 2e-5)
      expectClose([found.clippedFraction, found.shift], [wanted.clippedFraction, wanted.shift], 1e-5)
      expect([...found.zeroVariance]).toEqual([...wanted.zeroVariance])
      expectClose(found.relativeShift, wanted.relativeShift, 2e-5)
      expectClose(found.largestShift, wanted.largestShift, 2e-5)
      expect([...found.advantages.subarray(5 * rollouts, 6 * rollouts)]).toEqual(new Array(rollouts).fill(0))
    },
  )
})

async function lossOnGpu(batch: LossBatch, options: LossOptions) {
  const tokens = batch.kind.length
  const count = batch.advantage.length
  const coef = empty(tokens * 4)
  const sums = empty(lossSumsBytes(count))
  const call = {
    count,
    sequences: upload(packSequences(batch)),
    kind: upload(Uint32Array.from(batch.kind)),
    logp: upload(Float32Array.from(batch.logp)),
    old: upload(Float32Array.from(batch.old)),
    reference: batch.reference === null ? null : upload(Float32Array.from(batch.reference)),
    entropy: upload(Float32Array.from(batch.entropy ?? [])),
    coef,
    sums,
  }
  await grpoLossOnGpu(gpu, call, options, lossNormalizer([batch]))
  const statistics = lossStatistics([await readLossSums(gpu, sums, count)])
  return { coef: await floats(coef, tokens), statistics }
}

describe('grpo_loss', () => {
  it.each(LOSS_CASES)('agrees with the table: $name', async ({ options, expected }) => {
    const { coef, statistics } = await lossOnGpu(LOSS_BATCH, options)
    expectClose(coef, expected.coef, 1e-6)
    const names = Object.keys(statistics)
    expectClose(
      Object.values(statistics),
      names.map((name) => expected.statistics[name]),
      1e-5,
    )
  })

  it.each(LOSS_CASES)(
    'agrees with the CPU over more sequences than a workgroup: $name',
    async ({ options }) => {
      const stream = new Stream(seedKey(4))
      const lengths = Array.from({ length: 67 }, (_, s) => (s === 3 ? 1 : stream.int(1, 6)))
      const offsets = new Uint32Array(68)
      lengths.forEach((length, s) => {
        offsets[s + 1] = offsets[s] + length
      })
      const tokens = offsets[67]
      const random = (low: number, high: number, count = tokens) =>
        Float32Array.from({ length: count }, () => low + (high - low) * stream.uniform())
      const batch: LossBatch = {
        offsets,
        kind: Uint32Array.from({ length: tokens }, () => stream.int(0, 2)),
        logp: random(-3, 0),
        old: random(-3, 0),
        reference: random(-3, 0),
        entropy: random(0, 2),
        advantage: random(-2, 2, 67),
      }
      const found = await lossOnGpu(batch, options)
      const { coef, sums } = grpoLoss(batch, options, lossNormalizer([batch]))
      expectClose(found.coef, coef, 1e-6)
      expectClose(Object.values(found.statistics), Object.values(lossStatistics([sums])), 1e-5)
    },
  )
})

async function updateOnGpu(
  state: { parameters: number[][]; firstMoments: number[][]; secondMoments: number[][] },
  gradients: number[][],
  update: number,
) {
  const arrays = gradients.map((gradient, i) => ({
    length: gradient.length,
    gradient: upload(Float32Array.from(gradient)),
    parameter: upload(Float32Array.from(state.parameters[i])),
    firstMoment: upload(Float32Array.from(state.firstMoments[i])),
    secondMoment: upload(Float32Array.from(state.secondMoments[i])),
  }))
  const norm = empty(NORM_BYTES)
  const gradientArrays = arrays.map(({ gradient, length }) => ({ buffer: gradient, length }))
  await gradNormOnGpu(gpu, gradientArrays, norm)
  await adamwOnGpu(gpu, arrays, norm, { ...ADAMW_TABLE.options, update })
  const read = (field: 'parameter' | 'firstMoment' | 'secondMoment') =>
    Promise.all(arrays.map(async (array) => [...(await floats(array[field], array.length))]))
  return {
    norm: await readNorm(gpu, norm),
    state: {
      parameters: await read('parameter'),
      firstMoments: await read('firstMoment'),
      secondMoments: await read('secondMoment'),
    },
  }
}

describe('grad_norm and adamw', () => {
  const zeros = () => ADAMW_TABLE.parameters.map((layer) => layer.map(() => 0))

  it('agree with the table through three updates', async () => {
    let state = { parameters: ADAMW_TABLE.parameters, firstMoments: zeros(), secondMoments: zeros() }
    for (const [i, expected] of ADAMW_TABLE.updates.entries()) {
      const done = await updateOnGpu(state, expected.gradients, i + 1)
      expectClose([done.norm], [expected.norm], 1e-6)
      for (const field of ['parameters', 'firstMoments', 'secondMoments'] as const)
        done.state[field].forEach((layer, l) => {
          expectClose(layer, expected[field][l], 1e-6)
        })
      state = done.state
    }
  })

  it('agree with the CPU over arrays longer than their grid', async () => {
    const stream = new Stream(seedKey(6))
    // 4096 workgroups of 64 lanes are fewer than the first has values.
    const lengths = [4096 * 64 + 1, 1, 64 * 64 + 3]
    const random = () => lengths.map((length) => Array.from({ length }, () => stream.uniform() - 0.5))
    const state = {
      parameters: random(),
      firstMoments: random(),
      secondMoments: random().map((a) => a.map(Math.abs)),
    }
    const gradients = random().map((layer) => layer.map(Math.fround))
    const cpu = {
      parameters: state.parameters.map((layer) => Float32Array.from(layer)),
      firstMoments: state.firstMoments.map((layer) => Float32Array.from(layer)),
      secondMoments: state.secondMoments.map((layer) => Float32Array.from(layer)),
    }
    const arrays = gradients.map((layer) => Float32Array.from(layer))
    const norm = gradNorm(arrays)
    const found = await updateOnGpu(state, gradients, 3)
    expect(found.norm / norm).toBeCloseTo(1, 5)
    adamw(cpu, arrays, norm, { ...ADAMW_TABLE.options, update: 3 })
    found.state.parameters.forEach((layer, l) => {
      expectClose(layer, cpu.parameters[l], 1e-5)
      expectClose(found.state.firstMoments[l], cpu.firstMoments[l], 1e-6)
      expectClose(found.state.secondMoments[l], cpu.secondMoments[l], 1e-6)
    })
  })

  it.each([Number.NaN, Number.NEGATIVE_INFINITY, 3e38])(
    'change nothing where a gradient is %s',
    async (bad) => {
      const state = {
        parameters: [[1, 2], [3]],
        firstMoments: [[0.5, 0.25], [0]],
        secondMoments: [[0.5, 0.25], [0]],
      }
      const done = await updateOnGpu(state, [[1, bad], [1]], 1)
      expect(Number.isFinite(done.norm)).toBe(false)
      expect(done.state).toEqual(state)
    },
  )
})
