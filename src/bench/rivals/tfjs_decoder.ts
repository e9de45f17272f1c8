/** The decoder in TensorFlow.js, for its automatic differentiation. Nothing here is disposed: callers put it into a tidy or a gradient. */
import * as tf from '@tensorflow/tfjs-core'
import { type Linear, linearShape, type ModelConfig, perLinear } from '../../model/import/config'
import { normOf } from '../../model/weights/weight_source'
import { lengthTables, turnMatrix } from './length_tables'
import { distinctRows, frozenProduct, logSumExp, product, rmsNorm, swiglu } from './tfjs_ops'
import type { TrainingBatch } from './training_batches'
import type { DenseLayer, TrainingProblem } from './training_problem'

/** A frozen matrix with its transpose. */
interface Frozen {
  readonly matrix: tf.Tensor2D
  readonly transposed: tf.Tensor2D
}

interface TfjsLayer {
  /** (in, out) each. */
  readonly linears: Readonly<Record<Linear, tf.Tensor2D>>
  readonly attentionNorm: tf.Tensor1D
  readonly mlpNorm: tf.Tensor1D
  readonly biases: Readonly<Partial<Record<Linear, tf.Tensor1D>>>
  readonly headNorms: Readonly<Partial<Record<Linear, tf.Tensor1D>>>
}

/** `q.a` (in, r), `q.b` (r, out) … of a layer. */
export type TfjsLora = Readonly<Record<string, tf.Tensor2D>>

export interface TfjsBatch {
  readonly rows: number
  readonly length: number
  /** (B S). */
  readonly ids: tf.Tensor1D
  readonly origin: tf.Tensor1D
  /** (T). */
  readonly scoredRows: tf.Tensor1D
  readonly scoredIds: tf.Tensor1D
  readonly coefficients: tf.Tensor1D
  /** Of the length, see `LengthTables`. */
  readonly cos: tf.Tensor3D
  readonly sin: tf.Tensor3D
  readonly mask: tf.Tensor2D
}

function frozen(matrix: tf.Tensor2D): Frozen {
  return { matrix, transposed: tf.transpose(matrix) }
}

export class TfjsDecoder {
  private readonly config: ModelConfig
  /** (V, H). */
  private readonly embedding: tf.Tensor2D
  private readonly layers: readonly TfjsLayer[]
  private readonly finalNorm: tf.Tensor1D
  /** (V, H) … */
  private readonly headRows: tf.Tensor2D
  /** … and (H, V). */
  private readonly head: Frozen
  private readonly turn: Frozen
  private readonly scale: number

  constructor(private readonly problem: TrainingProblem) {
    const { config, embedding, head, finalNorm, layers, lora } = problem
    const { vocabSize, hiddenSize, headDim } = config
    this.config = config
    this.scale = lora.alpha / lora.rank
    this.embedding = tf.tensor2d(embedding, [vocabSize, hiddenSize])
    this.headRows = head === embedding ? this.embedding : tf.tensor2d(head, [vocabSize, hiddenSize])
    this.head = frozen(tf.transpose(this.headRows))
    this.finalNorm = tf.tensor1d(finalNorm)
    this.turn = frozen(tf.tensor2d(turnMatrix(headDim), [headDim, headDim]))
    this.layers = layers.map((layer) => this.upload(layer))
  }

  private upload(layer: DenseLayer): TfjsLayer {
    const { linears, biases, qNorm, kNorm } = layer
    return {
      linears: perLinear((which) => {
        const shape = linearShape(this.config, which)
        return tf.tensor2d(linears[which], [shape.in, shape.out])
      }),
      attentionNorm: tf.tensor1d(normOf(layer, 'attentionNorm')),
      mlpNorm: tf.tensor1d(normOf(layer, 'mlpNorm')),
      biases: biases ? { q: tf.tensor1d(biases.q), k: tf.tensor1d(biases.k), v: tf.tensor1d(biases.v) } : {},
      headNorms: qNorm && kNorm ? { q: tf.tensor1d(qNorm), k: tf.tensor1d(kNorm) } : {},
    }
  }

  batch(batch: TrainingBatch): TfjsBatch {
    const { rows, length } = batch
    const { headDim } = this.config
    const { cos, sin, mask } = lengthTables(this.problem, length)
    return {
      rows,
      length,
      ids: tf.tensor1d(batch.ids, 'int32'),
      origin: tf.tensor1d(batch.origin, 'int32'),
      scoredRows: tf.tensor1d(batch.scoredRows, 'int32'),
      scoredIds: tf.tensor1d(batch.scoredIds, 'int32'),
      coefficients: tf.tensor1d(batch.coefficients),
      cos: tf.tensor3d(cos, [length, 1, headDim]),
      sin: tf.tensor3d(sin, [length, 1, headDim]),
      mask: tf.tensor2d(mask, [length, length]),
    }
  }

  /** Logprobs (T) of the scored tokens. */
  logprobs(lora: readonly TfjsLora[], batch: TfjsBatch): tf.Tensor1D {
    let x = tf.gather(this.embedding, batch.ids)
    lora.forEach((parameters, i) => {
      x = this.layer(x, parameters, this.layers[i], batch)
    })
    const picked = distinctRows(x, batch.scoredRows, batch.origin)
    const hidden = rmsNorm(picked, this.finalNorm, this.config.rmsNormEpsilon)
    // The logit that is wanted is a dot product of its own: reading it out of all of them would need a one-hot matrix.
    const chosen = tf.sum(tf.mul(hidden, tf.gather(this.headRows, batch.scoredIds)), 1)
    return tf.sub(chosen, logSumExp(frozenProduct(hidden, this.head)))
  }

  /** x (B S, H) -> (B S, H): products of two dimensions are those that XNNPACK computes. */
  private layer(x: tf.Tensor2D, lora: TfjsLora, layer: TfjsLayer, batch: TfjsBatch): tf.Tensor2D {
    const { heads, kvHeads, headDim, rmsNormEpsilon: epsilon } = this.config
    const { rows, length } = batch
    // LoRA goes into the weight, as ours does where that is cheaper; beside it are more kernels, and a step takes longer.
    const linear = (which: Linear, input: tf.Tensor2D) => {
      const change = tf.mul(product(lora[`${which}.a`], lora[`${which}.b`]), this.scale)
      const y = product(input, tf.add(layer.linears[which], change))
      const bias = layer.biases[which]
      return bias ? tf.add<tf.Tensor2D>(y, bias) : y
    }
    const headsOf = (which: Linear, input: tf.Tensor2D, count: number) => {
      const split = tf.reshape(linear(which, input), [rows, length, count, headDim]) as tf.Tensor4D
      const norm = layer.headNorms[which]
      return norm ? rmsNorm(split, norm, epsilon) : split
    }

    const normed = rmsNorm(x, layer.attentionNorm, epsilon)
    const q = this.rotate(headsOf('q', normed, heads), batch)
    const k = this.rotate(headsOf('k', normed, kvHeads), batch)
    const v = headsOf('v', normed, kvHeads)
    const group = heads / kvHeads
    const pairs = rows * kvHeads
    // Query heads of one key head are stacked as rows, so that keys and values need no repeating. On wasm these batched products are
    // a scalar loop on one thread, and most of the time of a step; slicing the batch into products for XNNPACK takes longer still.
    const byHead = tf.transpose(
      tf.reshape(tf.mul(q, headDim ** -0.5), [rows, length, kvHeads, group, headDim]),
      [0, 2, 3, 1, 4],
    )
    const queries = tf.reshape(byHead, [pairs, group * length, headDim])
    const keys = tf.reshape(tf.transpose(k, [0, 2, 3, 1]), [pairs, headDim, length])
    const values = tf.reshape(tf.transpose(v, [0, 2, 1, 3]), [pairs, length, headDim])
    const scores = tf.reshape(tf.matMul(queries, keys), [rows * heads, length, length])
    const weights = tf.softmax(tf.add(scores, batch.mask))
    const mixed = tf.matMul(tf.reshape(weights, [pairs, group * length, length]), values)
    const byToken = tf.transpose(tf.reshape(mixed, [rows, kvHeads, group, length, headDim]), [0, 3, 1, 2, 4])
    const joined = tf.reshape(byToken, [rows * length, heads * headDim]) as tf.Tensor2D
    const h = tf.add<tf.Tensor2D>(x, linear('o', joined))

    const normed2 = rmsNorm(h, layer.mlpNorm, epsilon)
    const activated = swiglu(linear('gate', normed2), linear('up', normed2))
    return tf.add(h, linear('down', activated))
  }

  /** Heads (B, S, heads, D) turned by their positions. */
  private rotate(x: tf.Tensor4D, { cos, sin }: TfjsBatch): tf.Tensor4D {
    const flat = tf.reshape(x, [-1, this.config.headDim]) as tf.Tensor2D
    const turned = tf.reshape(frozenProduct(flat, this.turn), x.shape)
    return tf.add(tf.mul(x, cos), tf.mul(turned, sin))
  }
}
