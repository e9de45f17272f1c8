/** What a decoder needs to know of the length of a batch's rows, in the form in which libraries without kernels for it compute fastest. */
import type { TrainingProblem } from './training_problem'

/** x -> x · cos + (x turn) · sin rotates heads by their positions. */
export interface LengthTables {
  /** (S, 1, D). */
  readonly cos: Float32Array
  readonly sin: Float32Array
  /** (S, S), added to the scores of query and key: 0 where the key is seen, else -1e9. */
  readonly mask: Float32Array
}

export function lengthTables({ config, rotary }: TrainingProblem, length: number): LengthTables {
  const { headDim } = config
  const half = headDim / 2
  // Both halves of a head turn by the same angles.
  const twice = (table: Float32Array) =>
    Float32Array.from({ length: length * headDim }, (_, i) => {
      const position = Math.floor(i / headDim)
      return table[position * half + (i % half)]
    })
  const mask = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? -1e9 : 0,
  )
  return { cos: twice(rotary.cos), sin: twice(rotary.sin), mask }
}

/**
 * (D, D) with x turn = (-second half, first half). As a product it is as exact as moving the halves, and faster: TensorFlow.js slices and
 * joins in JavaScript on wasm, and jax-js then repeats the rotation within the products behind it.
 */
export function turnMatrix(headDim: number): Float32Array {
  const half = headDim / 2
  return Float32Array.from({ length: headDim * headDim }, (_, i) => {
    const [from, to] = [Math.floor(i / headDim), i % headDim]
    if (to < half) return from === to + half ? -1 : 0
    return from === to - half ? 1 : 0
  })
}
