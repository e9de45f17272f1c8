/** A training problem on jax-js's device. */

import { numpy as np } from '@jax-js/jax'
import { transposed } from '../../matrix/matrix'
import { linearShape, type ModelConfig, perLinear } from '../../model/import/config'
import { normOf } from '../../model/weights/weight_source'
import type { JaxHead, JaxLayer, JaxRows, JaxWeights } from './jax_decoder'
import { lengthTables, turnMatrix } from './length_tables'
import type { TrainingBatch } from './training_batches'
import type { DenseLayer, TrainingProblem } from './training_problem'

export type JaxModel = { weights: JaxWeights; head: JaxHead }

export type JaxBatch = {
  rows: JaxRows
  /** (T). */
  scoredRows: np.Array
  scoredIds: np.Array
  coefficients: np.Array
}

export function floats(data: Float32Array, shape: readonly number[]): np.Array {
  // A copy: an array over part of a buffer is not what the library takes.
  return np.array(Float32Array.from(data), { shape: [...shape], dtype: np.float32 })
}

function integers(data: Int32Array, shape: number[] = [data.length]): np.Array {
  return np.array(Int32Array.from(data), { shape, dtype: np.int32 })
}

export function uploadModel({ config, layers, embedding, finalNorm, head }: TrainingProblem): JaxModel {
  const { vocabSize, hiddenSize } = config
  const width = Math.ceil(vocabSize / 4) * 4
  const columns = new Float32Array(hiddenSize * width)
  const turned = transposed(head, vocabSize, hiddenSize)
  for (let i = 0; i < hiddenSize; i++)
    columns.set(turned.subarray(i * vocabSize, (i + 1) * vocabSize), i * width)
  return {
    weights: {
      embedding: floats(embedding, [vocabSize, hiddenSize]),
      layers: layers.map((layer) => uploadLayer(config, layer)),
    },
    head: {
      finalNorm: floats(finalNorm, [hiddenSize]),
      rows: floats(head, [vocabSize, hiddenSize]),
      columns: floats(columns, [hiddenSize, width]),
      vocabulary: floats(new Float32Array(width).fill(-1e9, vocabSize).fill(0, 0, vocabSize), [width]),
    },
  }
}

function uploadLayer(config: ModelConfig, layer: DenseLayer): JaxLayer {
  const vector = (data: Float32Array) => floats(data, [data.length])
  const { biases, qNorm, kNorm } = layer
  return {
    linears: perLinear((which) => {
      const shape = linearShape(config, which)
      return floats(layer.linears[which], [shape.in, shape.out])
    }),
    attentionNorm: vector(normOf(layer, 'attentionNorm')),
    mlpNorm: vector(normOf(layer, 'mlpNorm')),
    biases: biases ? { q: vector(biases.q), k: vector(biases.k), v: vector(biases.v) } : {},
    headNorms: qNorm && kNorm ? { q: vector(qNorm), k: vector(kNorm) } : {},
  }
}

export function uploadBatch(problem: TrainingProblem, batch: TrainingBatch): JaxBatch {
  const { headDim } = problem.config
  const { rows, length } = batch
  const { cos, sin, mask } = lengthTables(problem, length)
  return {
    rows: {
      ids: integers(batch.ids, [rows, length]),
      cos: floats(cos, [length, 1, headDim]),
      sin: floats(sin, [length, 1, headDim]),
      mask: floats(mask, [length, length]),
      turn: floats(turnMatrix(headDim), [headDim, headDim]),
    },
    scoredRows: integers(batch.scoredRows),
    scoredIds: integers(batch.scoredIds),
    coefficients: floats(batch.coefficients, [batch.coefficients.length]),
  }
}
