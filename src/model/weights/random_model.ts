import type { BlockMatrix } from '../../matrix/matrix'
import { Stream, seedKey } from '../../random'
import { linearShape, type ModelConfig, perLinear } from '../import/config'
import type { ModelFolder } from '../import/folder'
import { quantizeBlocks } from './quantize'

/** A model of random weights, in blocks of four bits as the embedded peers are: only its shape matters. */
export function randomModel(config: ModelConfig): ModelFolder {
  const stream = new Stream(seedKey(3))
  const matrix = (out: number, width: number): BlockMatrix => {
    const amplitude = 1.7 / Math.sqrt(width)
    const data = Float32Array.from({ length: out * width }, () => amplitude * (2 * stream.uniform() - 1))
    return quantizeBlocks({ kind: 'f32', out, in: width, data }, 4)
  }
  const ones = () => new Float32Array(config.hiddenSize).fill(1)
  const embedding = matrix(config.vocabSize, config.hiddenSize)
  return {
    config,
    weights: {
      embedding,
      layers: Array.from({ length: config.layers }, () => ({
        linears: perLinear((which) => {
          const { in: width, out } = linearShape(config, which)
          return matrix(out, width)
        }),
        attentionNorm: ones(),
        mlpNorm: ones(),
      })),
      finalNorm: ones(),
      head: embedding,
    },
    tokenizerJson: {},
    tokenizerConfig: {},
    stopIds: [config.vocabSize],
  }
}
