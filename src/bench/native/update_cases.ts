import { adamwOnGpu, gradNormOnGpu, NORM_BYTES } from '../../gpu/adamw'
import type { Gpu } from '../../gpu/device'
import { groupAdvantagesOnGpu } from '../../gpu/group_advantages'
import { grpoLossOnGpu, lossSumsBytes, packSequences, readLossSums } from '../../gpu/grpo_loss'
import { type AdamWOptions, adamw, gradNorm } from '../../grpo/adamw'
import { groupAdvantages } from '../../grpo/group_advantages'
import { grpoLoss, LOSS_SUMS, type LossBatch, lossNormalizer } from '../../grpo/grpo_loss'
import type { AdvantageReport, LossOptions } from '../../grpo/types'
import { Stream, seedKey } from '../../random'
import { adamwCost, type Cost, gradNormCost, groupAdvantagesCost, grpoLossCost } from './cost'
import { CaseBuffers, type KernelCase, largestDeviation, type OpenCase, randomFloats } from './kernel_case'

const ADAMW: AdamWOptions = {
  learningRate: 1e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
  update: 3,
}

const LOSS: LossOptions = {
  lossType: 'dapo',
  importanceSamplingLevel: 'token',
  epsilon: 0.2,
  epsilonHigh: 0.28,
  beta: 0.04,
  temperature: 1,
  maxCompletionLength: 256,
}

/** The flat arrays of an adapter, one per layer, all different. */
function layersOf(layers: number, perLayer: number, seed: number, low: number, high: number) {
  const stream = new Stream(seedKey(seed))
  const first = randomFloats(stream, perLayer, low, high)
  return Array.from({ length: layers }, (_, layer) => first.map((value) => value / (layer + 1)))
}

/** A kernel without variants, whose buffers are released together. */
function onlyCase(
  kernel: string,
  shape: string,
  cost: Cost,
  prepare: (gpu: Gpu, buffers: CaseBuffers) => { run(): Promise<unknown>; deviation: OpenCase['deviation'] },
): KernelCase {
  return {
    kernel,
    shape,
    cost,
    async open(gpu) {
      const buffers = new CaseBuffers(gpu)
      const { run, deviation } = prepare(gpu, buffers)
      return { ways: [{ name: '', chosen: true, run }], deviation, close: () => buffers.close() }
    },
  }
}

function shapeOfLayers(layers: number, perLayer: number): string {
  return `${layers * perLayer} values in ${layers} arrays`
}

export function gradNormCase(layers: number, perLayer: number): KernelCase {
  const cost = gradNormCost(layers * perLayer)
  return onlyCase('grad_norm', shapeOfLayers(layers, perLayer), cost, (gpu, buffers) => {
    const gradients = layersOf(layers, perLayer, 4, -1, 1)
    const arrays = gradients.map((gradient) => ({ buffer: buffers.upload(gradient), length: perLayer }))
    const norm = buffers.empty(NORM_BYTES)
    return {
      run: () => gradNormOnGpu(gpu, arrays, norm),
      deviation: async () => largestDeviation(await buffers.floats(norm, 1), [gradNorm(gradients)]),
    }
  })
}

export function adamwCase(layers: number, perLayer: number): KernelCase {
  const cost = adamwCost(layers * perLayer)
  return onlyCase('adamw', shapeOfLayers(layers, perLayer), cost, (gpu, buffers) => {
    const gradients = layersOf(layers, perLayer, 4, -1, 1)
    const state = {
      parameters: layersOf(layers, perLayer, 5, -1, 1),
      firstMoments: layersOf(layers, perLayer, 6, -0.1, 0.1),
      secondMoments: layersOf(layers, perLayer, 7, 0, 0.1),
    }
    const arrays = gradients.map((gradient, layer) => ({
      length: perLayer,
      gradient: buffers.upload(gradient),
      parameter: buffers.upload(state.parameters[layer]),
      firstMoment: buffers.upload(state.firstMoments[layer]),
      secondMoment: buffers.upload(state.secondMoments[layer]),
    }))
    const length = gradNorm(gradients)
    const norm = buffers.upload(Float32Array.of(length))
    return {
      run: () => adamwOnGpu(gpu, arrays, norm, ADAMW),
      async deviation() {
        adamw(state, gradients, length, ADAMW)
        const gaps = arrays.map(async ({ parameter, firstMoment, secondMoment }, layer) =>
          Math.max(
            largestDeviation(await buffers.floats(parameter, perLayer), state.parameters[layer]),
            largestDeviation(await buffers.floats(firstMoment, perLayer), state.firstMoments[layer]),
            largestDeviation(await buffers.floats(secondMoment, perLayer), state.secondMoments[layer]),
          ),
        )
        return Math.max(...(await Promise.all(gaps)))
      },
    }
  })
}

export function grpoLossCase(sequences: number, sequenceTokens: number): KernelCase {
  const tokens = sequences * sequenceTokens
  const shape = `${sequences} sequences of ${sequenceTokens} tokens`
  return onlyCase('grpo_loss', shape, grpoLossCost(sequences, tokens), (gpu, buffers) => {
    const stream = new Stream(seedKey(8))
    const batch = {
      offsets: Uint32Array.from({ length: sequences + 1 }, (_, s) => s * sequenceTokens),
      kind: Uint32Array.from({ length: tokens }, () => stream.int(0, 2)),
      logp: randomFloats(stream, tokens, -3, 0),
      old: randomFloats(stream, tokens, -3, 0),
      reference: randomFloats(stream, tokens, -3, 0),
      entropy: randomFloats(stream, tokens, 0, 2),
      advantage: randomFloats(stream, sequences, -2, 2),
    } satisfies LossBatch
    const normalizer = lossNormalizer([batch])
    const coef = buffers.empty(tokens * 4)
    const sums = buffers.empty(lossSumsBytes(sequences))
    const call = {
      count: sequences,
      sequences: buffers.upload(packSequences(batch)),
      kind: buffers.upload(batch.kind),
      logp: buffers.upload(batch.logp),
      old: buffers.upload(batch.old),
      reference: buffers.upload(batch.reference),
      entropy: buffers.upload(batch.entropy),
      coef,
      sums,
    }
    return {
      run: () => grpoLossOnGpu(gpu, call, LOSS, normalizer),
      async deviation() {
        const wanted = grpoLoss(batch, LOSS, normalizer)
        const found = await readLossSums(gpu, sums, sequences)
        return Math.max(
          largestDeviation(await buffers.floats(coef, tokens), wanted.coef),
          ...LOSS_SUMS.map((name) => largestDeviation([found[name]], [wanted.sums[name]])),
        )
      },
    }
  })
}

export function groupAdvantagesCase(questions: number, peers: number, rollouts: number): KernelCase {
  const shape = `${questions} questions, ${peers} peers, ${rollouts} rollouts`
  return onlyCase('group_advantages', shape, groupAdvantagesCost(questions, peers, rollouts), (gpu) => {
    const stream = new Stream(seedKey(9))
    const rewards = Float32Array.from({ length: questions * peers * rollouts }, () => stream.int(0, 8) / 8)
    const request = { rewards, questions, peers, rollouts, calibrate: true, scaleRewards: 'group' } as const
    let report: AdvantageReport | undefined
    return {
      async run() {
        report = await groupAdvantagesOnGpu(gpu, request)
      },
      async deviation() {
        const wanted = groupAdvantages(request)
        return Math.max(
          largestDeviation(report?.advantages ?? [], wanted.advantages),
          largestDeviation(report?.calibrated ?? [], wanted.calibrated),
        )
      },
    }
  })
}
