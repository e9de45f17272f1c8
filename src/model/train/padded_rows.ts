import type { SequenceBatch } from './batch'

/**
 * Rows of tokens, right-padded: each token's position in its sequence, and the tokens it sees (see
 * `SequenceBatch`).
 */
export type Rows = Pick<SequenceBatch, 'ids' | 'positions' | 'ends' | 'rows' | 'length'>

/** Rows of a larger shape, and how to find their tokens. */
export interface PaddedRows extends Rows {
  /** Returns flat indices into the old shape as indices into the new one. */
  readonly moved: (flat: Int32Array) => Int32Array
  /** Returns one value per token of the old shape in the new one, `rest` elsewhere. */
  readonly spread: (values: Int32Array, rest: number) => Int32Array
}

/** Pads rows to a shape that is at least as large. */
export function padRows(given: Rows, rows: number, length: number): PaddedRows {
  if (rows === given.rows && length === given.length)
    return { ...given, moved: (flat) => flat, spread: (values) => values }
  const copy = <T extends Int32Array | Float32Array>(from: T, into: T): T => {
    for (let row = 0; row < given.rows; row++)
      into.set(from.subarray(row * given.length, (row + 1) * given.length), row * length)
    return into
  }
  const size = rows * length
  return {
    rows,
    length,
    ids: copy(given.ids, new Int32Array(size)),
    positions: copy(given.positions, new Float32Array(size)),
    // Padding sees itself, so that its softmax is defined, and no real token sees it.
    ends: copy(
      given.ends,
      Float32Array.from({ length: size }, (_, i) => (i % length) + 1),
    ),
    moved: (flat) => flat.map((i) => Math.floor(i / given.length) * length + (i % given.length)),
    spread: (values, rest) => copy(values, new Int32Array(size).fill(rest)),
  }
}

/**
 * Rounds up to one of 1, 2 … 8, 10, 12, 14, 16, 20, 24 …: four sizes to an octave, so that few shapes are
 * recorded and at most a fifth of a row is padding.
 */
export function paddedSize(size: number): number {
  const octave = 31 - Math.clz32(size)
  const step = 1 << Math.max(0, octave - 2)
  return Math.ceil(size / step) * step
}
