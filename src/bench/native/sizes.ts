import type { ModelConfig } from '../../model/import/config'
import { loraLayout } from '../../model/train/lora'

/** A model of the hub whose sizes are timed; its weights are random. */
export interface SizedModel {
  readonly name: string
  readonly config: ModelConfig
}

const FAMILY = { rmsNormEpsilon: 1e-5, ropeTheta: 1e5, tiedEmbeddings: true } as const

export const SMOLLM2_135M: SizedModel = {
  name: 'SmolLM2-135M',
  config: {
    ...FAMILY,
    modelType: 'llama',
    vocabSize: 49152,
    hiddenSize: 576,
    intermediateSize: 1536,
    layers: 30,
    heads: 9,
    kvHeads: 3,
    headDim: 64,
    maxPositions: 8192,
  },
}

export const QWEN25_05B: SizedModel = {
  name: 'Qwen2.5-0.5B',
  config: {
    ...FAMILY,
    modelType: 'qwen2',
    vocabSize: 151936,
    hiddenSize: 896,
    intermediateSize: 4864,
    layers: 24,
    heads: 14,
    kvHeads: 2,
    headDim: 64,
    maxPositions: 32768,
  },
}

/** Rank of the adapters whose update is timed, the default of a run. */
const LORA_RANK = 16

/** Values of a layer's adapter, one flat array per layer. */
export function loraValues({ config }: SizedModel): { layers: number; perLayer: number } {
  return { layers: config.layers, perLayer: loraLayout(config, LORA_RANK).size }
}

/** What the kernels are timed on. */
export interface Sizes {
  readonly models: readonly SizedModel[]
  /** T of a training pass. */
  readonly tokens: number
  /** B of a decoding step. */
  readonly rows: number
  /** Q, m, G. */
  readonly rewards: readonly [questions: number, peers: number, rollouts: number]
  /** Sequences of a loss and tokens of each. */
  readonly sequences: number
  readonly sequenceTokens: number
  /** Bytes of the plain copy: more than any cache holds. */
  readonly copyBytes: number
  /** M = N = K of the reference matmul, a multiple of 128. */
  readonly matmul: number
}

export const GPU_SIZES: Sizes = {
  models: [SMOLLM2_135M, QWEN25_05B],
  tokens: 512,
  rows: 64,
  rewards: [64, 2, 8],
  sequences: 128,
  sequenceTokens: 256,
  copyBytes: 2 ** 28,
  matmul: 4096,
}

/** A thousandth of the work: on a software GPU the command only shows that it runs. */
export const SOFTWARE_SIZES: Sizes = {
  models: [{ name: 'small', config: { ...SMOLLM2_135M.config, vocabSize: 1000, layers: 1 } }],
  tokens: 10,
  rows: 6,
  rewards: [8, 2, 8],
  sequences: 8,
  sequenceTokens: 32,
  copyBytes: 2 ** 22,
  matmul: 128,
}
