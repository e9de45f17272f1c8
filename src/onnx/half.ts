/** IEEE 754 binary16 as bits, because some engines lack Float16Array. */

import { powerOfTwo } from '../exact_math'

const bits = new Uint32Array(1)
const value = new Float32Array(bits.buffer)

/** Returns the value of binary16 bits. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * powerOfTwo(exponent - 15)
}

/** Returns the bits of the half nearest to an f32, ties to even; infinity from 65520 on. */
export function halfBits(x: number): number {
  value[0] = x
  const sign = (bits[0] >>> 16) & 0x8000
  const size = bits[0] & 0x7fffffff
  if (size > 0x7f800000) return sign | 0x7e00
  if (size >= 0x477ff000) return sign | 0x7c00
  if (size < 0x38800000) return sign | subnormalHalf(Math.abs(value[0]))
  // The sum carries an overflow of the fraction into the exponent, where it belongs.
  return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13)
}

/** Returns multiples of 2^-24. An addition rounds: at 2^23 an f64 rounded to f32 has no fraction left. */
function subnormalHalf(size: number): number {
  value[0] = size * 2 ** 24 + 2 ** 23
  return value[0] - 2 ** 23
}

/** Returns the nearest halves of f32 values, as bits. */
export function toHalves(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(values, halfBits)
}
