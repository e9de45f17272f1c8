import { powerOfTwo } from '../exact_math'
import type { Matrix } from '../model/weights'

/** A matrix W (out, in) of IEEE halves, row-major, each value as its 16 bits. */
export interface HalfMatrix {
  readonly kind: 'f16'
  readonly out: number
  readonly in: number
  readonly data: Uint16Array
}

/** An lm_head W (V, H) in any of the formats the kernels read: f32, f16, blocks of 8 or 4 bits. */
export type HeadMatrix = Matrix | HalfMatrix

/** Writes row `v` of the head, dequantized, to `row` (H). */
export function readHeadRow(head: HeadMatrix, v: number, row: Float32Array): void {
  const width = head.in
  switch (head.kind) {
    case 'f32':
      row.set(head.data.subarray(v * width, (v + 1) * width))
      return
    case 'f16':
      for (let h = 0; h < width; h++) row[h] = halfToNumber(head.data[v * width + h])
      return
    case 'blocks': {
      const blocks = Math.ceil(width / 32)
      const bytesPerRow = blocks * 4 * head.bits
      for (let h = 0; h < width; h++) {
        const scale = head.scales[v * blocks + (h >>> 5)]
        if (head.bits === 8) {
          row[h] = (head.packed[v * bytesPerRow + h] - 128) * scale
        } else {
          const byte = head.packed[v * bytesPerRow + (h >>> 1)]
          row[h] = (((h & 1) === 0 ? byte & 15 : byte >>> 4) - 8) * scale
        }
      }
    }
  }
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * powerOfTwo(exponent - 15)
}

/** Dot product of a head row (H) with row `t` of hidden (T, H), in f64. */
export function headDot(row: Float32Array, hidden: Float32Array, t: number): number {
  const width = row.length
  const start = t * width
  let sum = 0
  for (let h = 0; h < width; h++) sum += row[h] * hidden[start + h]
  return sum
}
