/**
 * Real numbers known to within a radius, in integer arithmetic. Every operation returns a ball that holds the
 * true result, and every JavaScript engine returns the same ball.
 */

/** All real numbers within `radius` of `mid`, both in units of 2^`exponent`. */
export interface Ball {
  readonly mid: bigint
  readonly radius: bigint
  readonly exponent: number
}

/**
 * Ends an evaluation without a definite result. `isZero` catches it, and what it cannot decide counts as
 * wrong.
 */
export class Undecided extends Error {}

/**
 * Exponent limit: a value of 2^20000 or more is undecided, so that a model's answer cannot fill the memory.
 */
const MAX_EXPONENT = 20_000
const RADIUS_BITS = 32

export const ZERO: Ball = { mid: 0n, radius: 0n, exponent: 0 }
export const ONE: Ball = { mid: 1n, radius: 0n, exponent: 0 }
export const TWO: Ball = { mid: 2n, radius: 0n, exponent: 0 }

export const abs = (n: bigint): bigint => (n < 0n ? -n : n)

/** Number of binary digits of |n|. */
export function bitLength(n: bigint): number {
  const hex = abs(n).toString(16)
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0], 16)))
}

/**
 * Cuts the midpoint to `precision` bits, or fewer where the radius makes the rest meaningless.
 * @throws Undecided beyond `MAX_EXPONENT`
 */
export function rounded(mid: bigint, radius: bigint, exponent: number, precision: number): Ball {
  const excess = Math.max(bitLength(mid) - precision, bitLength(radius) - RADIUS_BITS)
  if (bitLength(mid) + exponent > MAX_EXPONENT || bitLength(radius) + exponent > MAX_EXPONENT)
    throw new Undecided()
  if (exponent < -4 * MAX_EXPONENT) throw new Undecided()
  if (excess <= 0) return { mid, radius, exponent }
  const shift = BigInt(excess)
  return { mid: mid >> shift, radius: (radius >> shift) + 2n, exponent: exponent + excess }
}

export const isExactZero = ({ mid, radius }: Ball): boolean => mid === 0n && radius === 0n
export const containsZero = ({ mid, radius }: Ball): boolean => abs(mid) <= radius
export const isPositive = ({ mid, radius }: Ball): boolean => mid > radius
export const isNegative = ({ mid, radius }: Ball): boolean => -mid > radius

/** Returns the least known k with |x| < 2^k for all x in the ball; -Infinity for exactly zero. */
export const bitsAbove = (x: Ball): number =>
  isExactZero(x) ? Number.NEGATIVE_INFINITY : bitLength(abs(x.mid) + x.radius) + x.exponent

export const negate = ({ mid, radius, exponent }: Ball): Ball => ({ mid: -mid, radius, exponent })

export function add(a: Ball, b: Ball, precision: number): Ball {
  if (isExactZero(a)) return b
  if (isExactZero(b)) return a
  const exponent = Math.min(a.exponent, b.exponent)
  const [s, t] = [BigInt(a.exponent - exponent), BigInt(b.exponent - exponent)]
  return rounded((a.mid << s) + (b.mid << t), (a.radius << s) + (b.radius << t), exponent, precision)
}

export function multiply(a: Ball, b: Ball, precision: number): Ball {
  const radius = abs(a.mid) * b.radius + abs(b.mid) * a.radius + a.radius * b.radius
  return rounded(a.mid * b.mid, radius, a.exponent + b.exponent, precision)
}

/** @throws Undecided where the divisor may be zero */
export function divide(a: Ball, b: Ball, precision: number): Ball {
  if (containsZero(b)) throw new Undecided()
  const shift = Math.max(0, precision + bitLength(b.mid) - bitLength(a.mid) + 2)
  const [above, spread] = [a.mid << BigInt(shift), a.radius << BigInt(shift)]
  const nearest = abs(b.mid) - b.radius
  const radius = (spread * abs(b.mid) + abs(above) * b.radius) / (abs(b.mid) * nearest) + 2n
  return rounded(above / b.mid, radius, a.exponent - b.exponent - shift, precision)
}

/** Returns the largest integer whose square is at most n. */
export function integerRoot(n: bigint): bigint {
  if (n < 2n) return n
  let x = 1n << BigInt((bitLength(n) + 1) >> 1)
  for (;;) {
    const next = (x + n / x) >> 1n
    if (next >= x) return x
    x = next
  }
}

/** Returns 0 ± 2^bits. */
export const nearZero = (bits: number): Ball => ({ mid: 0n, radius: 1n, exponent: bits })

/**
 * Returns the square root of the ball's numbers of 0 or more.
 * @throws Undecided where the whole ball is negative
 */
export function squareRoot(a: Ball, precision: number): Ball {
  if (isNegative(a)) throw new Undecided()
  if (isExactZero(a)) return ZERO
  if (containsZero(a)) return nearZero((bitsAbove(a) + 1) >> 1)
  let shift = Math.max(0, 2 * precision - bitLength(a.mid))
  if ((a.exponent - shift) % 2 !== 0) shift++
  const root = integerRoot(a.mid << BigInt(shift))
  const radius = (a.radius << BigInt(shift)) / root + 2n
  return rounded(root, radius, (a.exponent - shift) / 2, precision)
}

export function fromFraction(numerator: bigint, denominator: bigint, precision: number): Ball {
  const above = { mid: numerator, radius: 0n, exponent: 0 }
  if (denominator === 1n) return rounded(numerator, 0n, 0, precision)
  return divide(above, { mid: denominator, radius: 0n, exponent: 0 }, precision)
}
