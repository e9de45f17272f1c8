import type { Matrix } from '../matrix/matrix'

/** Writes row `v` of an lm_head W (V, H), dequantized, to `row` (H). */
export function readHeadRow(head: Matrix, v: number, row: Float32Array): void {
  const width = head.in
  switch (head.kind) {
    case 'f32':
      row.set(head.data.subarray(v * width, (v + 1) * width))
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

/** Returns the dot product of a head row (H) with row `t` of hidden (T, H), in f64. */
export function headDot(row: Float32Array, hidden: Float32Array, t: number): number {
  const width = row.length
  const start = t * width
  let sum = 0
  for (let h = 0; h < width; h++) sum += row[h] * hidden[start + h]
  return sum
}
