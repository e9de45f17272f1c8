/** Small random models of each supported family, for the engine and for the reference decoder. */

import type { DenseMatrix, Matrix } from '../../src/matrix/matrix'
import { familyOf } from '../../src/model/families/families'
import {
  LAYER_NORMS,
  type Linear,
  linearShape,
  type ModelConfig,
  perLinear,
  qkNormSize,
} from '../../src/model/import/config'
import { type LoraOptions, loraLayout } from '../../src/model/train/lora'
import { dequantize, quantizeBlocks } from '../../src/model/weights/quantize'
import type { LayerWeights, ModelWeights } from '../../src/model/weights/weight_source'
import { Stream, seedKey } from '../../src/random'
import type { ReferenceLayer, ReferenceLinear, ReferenceModel } from './decoder'

/** Makes a configuration of two layers with grouped queries and widths that are no multiples of 32. */
export function smallConfig(
  modelType: ModelConfig['modelType'],
  changes: Partial<ModelConfig> = {},
): ModelConfig {
  return {
    modelType,
    vocabSize: 19,
    hiddenSize: 12,
    intermediateSize: 20,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 4,
    rmsNormEpsilon: 1e-5,
    ropeTheta: 500,
    maxPositions: 32,
    tiedEmbeddings: true,
    ...DIFFERING[modelType],
    ...changes,
  }
}

const FACTORS = { embedding: 3, attention: 0.4, residual: 0.6, logits: 0.5 }

/** What families change. The first layer is not like Llama's. */
const DIFFERING: Readonly<Partial<Record<ModelConfig['modelType'], Partial<ModelConfig>>>> = {
  gemma3_text: {
    factors: { embedding: 3.46, attention: 0.5 },
    attention: { kinds: ['local', 'full'], local: { window: 3, ropeTheta: 40 } },
  },
  smollm3: { attention: { kinds: ['unrotated', 'full'] } },
  granite: { factors: FACTORS },
  granitemoehybrid: { factors: FACTORS },
}

/** Returns uniform values in ±amplitude, around `centre`. */
export function randomVector(size: number, stream: Stream, amplitude = 1, centre = 0): Float32Array {
  return Float32Array.from({ length: size }, () => centre + amplitude * (2 * stream.uniform() - 1))
}

function randomMatrix(out: number, width: number, stream: Stream): DenseMatrix {
  return { kind: 'f32', out, in: width, data: randomVector(out * width, stream, 1.7 / Math.sqrt(width)) }
}

/**
 * Makes random weights.
 * @param bits format of the linears and an untied head; embeddings are f32
 */
export function randomWeights(config: ModelConfig, seed: number, bits: 4 | 8 | 32 = 32): ModelWeights {
  const stream = new Stream(seedKey(seed))
  const { hiddenSize, vocabSize } = config
  const { norms, qkvBias, qkNorm } = familyOf(config)
  const stored = (out: number, width: number): Matrix => {
    const dense = randomMatrix(out, width, stream)
    return bits === 32 ? dense : quantizeBlocks(dense, bits)
  }
  const bias = (which: Linear) => randomVector(linearShape(config, which).out, stream, 0.5)
  const norm = (size: number) => randomVector(size, stream, 0.5, 1)
  const layer = (): LayerWeights => ({
    linears: perLinear((which) => stored(linearShape(config, which).out, linearShape(config, which).in)),
    ...Object.fromEntries(
      LAYER_NORMS.filter((slot) => norms[slot] !== undefined).map((slot) => [slot, norm(hiddenSize)]),
    ),
    biases: qkvBias && { q: bias('q'), k: bias('k'), v: bias('v') },
    qNorm: qkNorm && norm(qkNormSize(config, 'q', qkNorm)),
    kNorm: qkNorm && norm(qkNormSize(config, 'k', qkNorm)),
  })
  const embedding = randomMatrix(vocabSize, hiddenSize, stream)
  return {
    embedding,
    layers: Array.from({ length: config.layers }, layer),
    finalNorm: norm(hiddenSize),
    head: config.tiedEmbeddings ? embedding : stored(vocabSize, hiddenSize),
  }
}

/** LoRA of one layer for the reference: A (in, r) and B (r, out) of each linear. */
export type ReferenceLora = Readonly<Record<Linear, NonNullable<ReferenceLinear['lora']>>>

export function referenceModel(
  config: ModelConfig,
  weights: ModelWeights,
  lora?: readonly ReferenceLora[],
): ReferenceModel {
  return {
    vocabulary: config.vocabSize,
    hidden: config.hiddenSize,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    epsilon: config.rmsNormEpsilon,
    ropeTheta: config.ropeTheta,
    ropeScaling: config.ropeScaling,
    activation: familyOf(config).activation === 'gelu tanh' ? 'gelu tanh' : undefined,
    factors: config.factors,
    embedding: dequantize(weights.embedding).data,
    layers: weights.layers.map((layer, i) => ({
      ...referenceLayerOf(layer, lora?.[i]),
      ...attentionOf(config, i),
    })),
    finalNorm: weights.finalNorm,
    head: dequantize(weights.head).data,
  }
}

/** Returns what of a layer's attention differs from the model's. */
function attentionOf({ attention }: ModelConfig, layer: number): Pick<ReferenceLayer, 'rotary' | 'window'> {
  const kind = attention?.kinds[layer]
  if (kind === 'unrotated') return { rotary: null }
  return kind === 'local' && attention?.local
    ? { rotary: { ropeTheta: attention.local.ropeTheta }, window: attention.local.window }
    : {}
}

function referenceLayerOf(layer: LayerWeights, lora?: ReferenceLora): ReferenceLayer {
  const linears = perLinear((which): ReferenceLinear => {
    const { out, in: width, data } = dequantize(layer.linears[which])
    const biased = which === 'q' || which === 'k' || which === 'v'
    return {
      out,
      in: width,
      weight: data,
      bias: biased ? layer.biases?.[which] : undefined,
      lora: lora?.[which],
    }
  })
  return { ...layer, linears }
}

/** Splits a flat f32 LoRA array (see `loraLayout`) for the reference; both factors are views of `flat`. */
export function referenceLora(
  config: ModelConfig,
  options: LoraOptions,
  flat: Float32Array | Float64Array,
): ReferenceLora {
  const { tensors } = loraLayout(config, options.rank)
  const part = (name: string) => {
    const tensor = tensors.find((candidate) => candidate.name === name)
    if (!tensor) throw new RangeError(`${name} is not in the layout`)
    const [rows, columns] = tensor.shape
    return flat.subarray(tensor.offset, tensor.offset + rows * columns)
  }
  const factor = options.alpha / options.rank
  return perLinear((which) => ({
    rank: options.rank,
    factor,
    a: part(`${which}.a`),
    b: part(`${which}.b`),
  }))
}
