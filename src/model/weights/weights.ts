import type { Matrix } from '../../matrix/matrix'
import type { Linear } from '../import/config'

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
