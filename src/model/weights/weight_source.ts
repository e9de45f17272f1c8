/**
 * Weights on their way from where they lie, in files or arrays, to whoever holds them: one after the other, so that a model need
 * never be in memory twice.
 */

import type { Matrix } from '../../matrix/matrix'
import { type MatrixValues, valuesOf } from '../../matrix/matrix_values'
import { LINEARS, type Linear, type ModelConfig } from '../import/config'

/** Embedding and head, or both where they are one. */
export type TableSlot = 'embedding' | 'head' | 'tied'
export type LinearSlot = `${number}.${Linear}`
export type VectorSlot =
  | 'finalNorm'
  | `${number}.${'attentionNorm' | 'mlpNorm' | 'qNorm' | 'kNorm' | 'q.bias' | 'k.bias' | 'v.bias'}`

/** Whoever holds the weights of a model. Each is given once, in any order; what lies behind it may go when the promise settles. */
export interface WeightSink {
  /** Either `tied` comes, or both `embedding` and `head`. */
  table(slot: TableSlot, values: MatrixValues): Promise<void>
  linear(slot: LinearSlot, values: MatrixValues): Promise<void>
  /** The array is the holder's from then on. */
  vector(slot: VectorSlot, values: Float32Array): Promise<void>
}

/** A model whose weights are still where they lie. */
export interface WeightSource {
  readonly config: ModelConfig
  /** Gives every weight to the sink. @throws what reading and the sink throw */
  deliver(sink: WeightSink): Promise<void>
}

/** A model that is in memory already. */
export function modelInArrays({
  config,
  weights,
}: {
  readonly config: ModelConfig
  readonly weights: ModelWeights
}): WeightSource {
  return {
    config,
    async deliver(sink) {
      const { embedding, head, finalNorm, layers } = weights
      if (head === embedding) await sink.table('tied', valuesOf(embedding))
      else {
        await sink.table('embedding', valuesOf(embedding))
        await sink.table('head', valuesOf(head))
      }
      for (const [i, layer] of layers.entries()) await deliverLayer(sink, i, layer)
      await sink.vector('finalNorm', finalNorm)
    },
  }
}

async function deliverLayer(sink: WeightSink, i: number, layer: LayerWeights): Promise<void> {
  for (const which of LINEARS) await sink.linear(`${i}.${which}`, valuesOf(layer.linears[which]))
  for (const name of ['attentionNorm', 'mlpNorm', 'qNorm', 'kNorm'] as const) {
    const norm = layer[name]
    if (norm) await sink.vector(`${i}.${name}`, norm)
  }
  for (const which of ['q', 'k', 'v'] as const)
    if (layer.biases) await sink.vector(`${i}.${which}.bias`, layer.biases[which])
}

export interface LayerWeights {
  readonly linears: Readonly<Record<Linear, Matrix>>
  /** RMSNorm weights before attention and before the MLP, each (H). */
  readonly attentionNorm: Float32Array
  readonly mlpNorm: Float32Array
  /** Biases of q, k, v where config.qkvBias. */
  readonly biases?: Readonly<Record<'q' | 'k' | 'v', Float32Array>>
  /** Per-head norms (headDim) where config.qkNorm. */
  readonly qNorm?: Float32Array
  readonly kNorm?: Float32Array
}

export interface ModelWeights {
  /** (V, H). */
  readonly embedding: Matrix
  readonly layers: readonly LayerWeights[]
  /** (H). */
  readonly finalNorm: Float32Array
  /** (V, H); the same object as `embedding` where tied. */
  readonly head: Matrix
}
