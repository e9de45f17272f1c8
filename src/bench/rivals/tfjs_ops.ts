/**
 * Operations whose gradients are written for TensorFlow.js's kernels. Its own are right but slow on wasm: a product with a transposed or
 * batched operand leaves XNNPACK for a scalar loop, and each elementwise operation of a gradient is a pass over memory.
 */
import * as tf from '@tensorflow/tfjs-core'

/** An operation with a gradient of its own. `gradients` gets dy and what was saved, and gives one gradient for each input. */
function withGradient(
  inputs: readonly tf.Tensor[],
  forward: (save: (tensors: tf.Tensor[]) => void) => tf.Tensor,
  gradients: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  const operation = tf.customGrad((...given) => {
    const save = given[given.length - 1]
    if (typeof save !== 'function') throw new TypeError('TensorFlow.js gives a function to save with')
    return { value: forward(save), gradFunc: gradients }
  })
  return operation(...inputs)
}

/** a (M, K), b (K, N) -> (M, N), both differentiated. */
export function product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return withGradient(
    [a, b],
    (save) => {
      save([a, b])
      return tf.matMul(a, b)
    },
    (dy, [left, right]) => {
      if (tf.getBackend() !== 'wasm') return [tf.matMul(dy, right, false, true), tf.matMul(left, dy, true)]
      // XNNPACK packs its right operand again for each product: the narrower one should be there.
      const swapped = b.shape[1] > a.shape[1]
      const second = swapped
        ? tf.transpose(tf.matMul(tf.transpose(dy), left))
        : tf.matMul(tf.transpose(left), dy)
      return [tf.matMul(dy, tf.transpose(right)), second]
    },
  ) as tf.Tensor2D
}

/** a (M, K) times a frozen matrix (K, N), whose transpose is kept. */
export function frozenProduct(
  a: tf.Tensor2D,
  { matrix, transposed }: { readonly matrix: tf.Tensor2D; readonly transposed: tf.Tensor2D },
): tf.Tensor2D {
  return withGradient(
    [a],
    () => tf.matMul(a, matrix),
    (dy) => [tf.matMul(dy, transposed)],
  ) as tf.Tensor2D
}

/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis; the weight is frozen. */
export function rmsNorm<T extends tf.Tensor>(x: T, weight: tf.Tensor1D, epsilon: number): T {
  return withGradient(
    [x],
    (save) => {
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))
      const normed = tf.mul(x, inverse)
      save([normed, inverse])
      return tf.mul(normed, weight)
    },
    (dy, [normed, inverse]) => {
      const d = tf.mul(dy, weight)
      return [tf.mul(inverse, tf.sub(d, tf.mul(normed, tf.mean(tf.mul(d, normed), -1, true))))]
    },
  ) as T
}

/** gate · sigmoid(gate) · up. */
export function swiglu(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  return withGradient(
    [gate, up],
    (save) => {
      const sigmoid = tf.sigmoid(gate)
      const silu = tf.mul(gate, sigmoid)
      save([sigmoid, silu, up])
      return tf.mul(silu, up)
    },
    (dy, [sigmoid, silu, factor]) => [
      tf.mul(tf.mul(dy, factor), tf.add(sigmoid, tf.mul(silu, tf.sub(1, sigmoid)))),
      tf.mul(dy, silu),
    ],
  ) as tf.Tensor2D
}

/** Rows of x (N, H) by index, all different. `origin` (N) is the row that each of x became, or the count of rows where none. */
export function distinctRows(x: tf.Tensor2D, rows: tf.Tensor1D, origin: tf.Tensor1D): tf.Tensor2D {
  return withGradient(
    [x],
    () => tf.gather(x, rows),
    // The library's gradient is unsortedSegmentSum, which has no kernel on wasm.
    (dy) => [tf.gather(tf.concat([dy, tf.zeros([1, x.shape[1]])]), origin)],
  ) as tf.Tensor2D
}

/** log sum exp over the last axis: (T, V) -> (T). */
export function logSumExp(x: tf.Tensor2D): tf.Tensor1D {
  return withGradient(
    [x],
    (save) => {
      const largest = tf.max(x, 1, true)
      const sum = tf.add(largest, tf.log(tf.sum(tf.exp(tf.sub(x, largest)), 1, true)))
      save([x, sum])
      return tf.squeeze(sum, [1])
    },
    (dy, [logits, sum]) => [tf.mul(tf.expandDims(dy, 1), tf.exp(tf.sub(logits, sum)))],
  ) as tf.Tensor1D
}
