import type { DenseMatrix, Matrix } from '../matrix/matrix'
import { LAYER_NORMS, type LayerNorm, LINEARS, perLinear } from '../model/import/config'
import { dequantize, quantizeBlocks } from '../model/weights/quantize'
import { type LayerWeights, type ModelWeights, normOf } from '../model/weights/weight_source'

/** Quantizes every linear to 4-bit blocks; embedding and norms stay f32. */
export function quantized(weights: ModelWeights): ModelWeights {
  return withLinears(weights, (matrix) => quantizeBlocks(dense(matrix), 4))
}

/** Returns the values of the quantized weights, in f32. */
export function rounded(weights: ModelWeights): ModelWeights {
  return withLinears(weights, (matrix) => dequantize(quantizeBlocks(dense(matrix), 4)))
}

/** Returns master + (after - before), element by element, over all weights. */
export function movedBy(master: ModelWeights, before: ModelWeights, after: ModelWeights): ModelWeights {
  const vector = (m: Float32Array, b: Float32Array, a: Float32Array) =>
    m.map((value, i) => value + a[i] - b[i])
  const matrix = (m: Matrix, b: Matrix, a: Matrix): DenseMatrix => ({
    ...dense(m),
    data: vector(dense(m).data, dense(b).data, dense(a).data),
  })
  const norm = (name: LayerNorm, m: LayerWeights, b: LayerWeights, a: LayerWeights) =>
    vector(normOf(m, name), normOf(b, name), normOf(a, name))
  const embedding = matrix(master.embedding, before.embedding, after.embedding)
  return {
    embedding,
    head: embedding,
    finalNorm: vector(master.finalNorm, before.finalNorm, after.finalNorm),
    layers: master.layers.map((layer, l) => ({
      linears: perLinear((which) =>
        matrix(layer.linears[which], before.layers[l].linears[which], after.layers[l].linears[which]),
      ),
      attentionNorm: norm('attentionNorm', layer, before.layers[l], after.layers[l]),
      mlpNorm: norm('mlpNorm', layer, before.layers[l], after.layers[l]),
    })),
  }
}

/** Counts the parameters of the model, the embedding once. */
export function parameterCount({ embedding, layers, finalNorm }: ModelWeights): number {
  const size = ({ out, in: width }: Matrix) => out * width
  const layerSizes = layers.map(({ linears, ...vectors }) => {
    const norms = LAYER_NORMS.reduce((sum, name) => sum + (vectors[name]?.length ?? 0), 0)
    return LINEARS.reduce((sum, which) => sum + size(linears[which]), norms)
  })
  return size(embedding) + finalNorm.length + layerSizes.reduce((a, b) => a + b, 0)
}

function withLinears(weights: ModelWeights, change: (matrix: Matrix) => Matrix): ModelWeights {
  return {
    ...weights,
    layers: weights.layers.map((layer) => ({
      ...layer,
      linears: perLinear((which) => change(layer.linears[which])),
    })),
  }
}

function dense(matrix: Matrix): DenseMatrix {
  return matrix.kind === 'f32' ? matrix : dequantize(matrix)
}
