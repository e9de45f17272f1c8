/**
 * Streams weights from files or arrays to their holder, one after the other, so a model is never in memory
 * twice.
 */

import type { Matrix } from '../../matrix/matrix'
import { type MatrixValues, valuesOf } from '../../matrix/matrix_values'
import { LAYER_NORMS, type LayerNorm, LINEARS, type Linear, type ModelConfig } from '../import/config'

/** Embedding, head, or `tied` where they are one table. */
export type TableSlot = 'embedding' | 'head' | 'tied'
export type LinearSlot = `${number}.${Linear}`
export type VectorSlot =
  | 'finalNorm'
  | `${number}.${LayerNorm | 'qNorm' | 'kNorm' | 'q.bias' | 'k.bias' | 'v.bias'}`

/**
 * Holder of a model's weights. It gets each weight once, in any order. The weight's buffers may be freed once
 * the promise settles.
 */
export interface WeightSink {
  /** Called with `tied`, or with both `embedding` and `head`. */
  table(slot: TableSlot, values: MatrixValues): Promise<void>
  linear(slot: LinearSlot, values: MatrixValues): Promise<void>
  /** The sink owns the array from then on. */
  vector(slot: VectorSlot, values: Float32Array): Promise<void>
}

/** A model whose weights are not loaded yet. */
export interface WeightSource {
  readonly config: ModelConfig
  /** Gives every weight to the sink. @throws any error of reading and of the sink */
  deliver(sink: WeightSink): Promise<void>
}

/** Returns a source of a model that is already in memory. */
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
  for (const name of [...LAYER_NORMS, 'qNorm', 'kNorm'] as const) {
    const norm = layer[name]
    if (norm) await sink.vector(`${i}.${name}`, norm)
  }
  for (const which of ['q', 'k', 'v'] as const)
    if (layer.biases) await sink.vector(`${i}.${which}.bias`, layer.biases[which])
}

/** `familyOf` a config says which norms and biases there are. The norms of a layer are (H) each. */
export interface LayerWeights extends Readonly<Partial<Record<LayerNorm, Float32Array>>> {
  readonly linears: Readonly<Record<Linear, Matrix>>
  readonly biases?: Readonly<Record<'q' | 'k' | 'v', Float32Array>>
  /** Of each head (headDim), or of all heads together. */
  readonly qNorm?: Float32Array
  readonly kNorm?: Float32Array
}

/** Returns a norm's weights (H). @throws RangeError where the family has no such norm */
export function normOf(layer: Pick<LayerWeights, LayerNorm>, norm: LayerNorm): Float32Array {
  const weights = layer[norm]
  if (!weights) throw new RangeError(`the layer has no ${norm}`)
  return weights
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
