import * as ball from './ball'
import { type Ball, ONE, Undecided, ZERO } from './ball'
import * as real from './real_functions'

/** A complex number known to within two radii. A real number's imaginary part is exactly `ZERO`. */
export interface Complex {
  readonly re: Ball
  readonly im: Ball
}

export const isReal = ({ im }: Complex): boolean => ball.isExactZero(im)
export const containsZero = ({ re, im }: Complex): boolean => ball.containsZero(re) && ball.containsZero(im)
export const bitsAbove = ({ re, im }: Complex): number =>
  Math.max(ball.bitsAbove(re), ball.bitsAbove(im)) + (isReal({ re, im }) ? 0 : 1)

export const fromReal = (re: Ball): Complex => ({ re, im: ZERO })
export const I: Complex = { re: ZERO, im: ONE }

export const negate = ({ re, im }: Complex): Complex => ({ re: ball.negate(re), im: ball.negate(im) })

export const add = (a: Complex, b: Complex, precision: number): Complex => ({
  re: ball.add(a.re, b.re, precision),
  im: ball.add(a.im, b.im, precision),
})

export function multiply(a: Complex, b: Complex, precision: number): Complex {
  const product = (x: Ball, y: Ball) =>
    ball.isExactZero(x) || ball.isExactZero(y) ? ZERO : ball.multiply(x, y, precision)
  return {
    re: ball.add(product(a.re, b.re), ball.negate(product(a.im, b.im)), precision),
    im: ball.add(product(a.re, b.im), product(a.im, b.re), precision),
  }
}

/** The square of the modulus. */
function norm({ re, im }: Complex, precision: number): Ball {
  return ball.add(ball.multiply(re, re, precision), ball.multiply(im, im, precision), precision)
}

export const modulus = (z: Complex, precision: number): Ball =>
  isReal(z) && !ball.containsZero(z.re)
    ? { ...z.re, mid: ball.abs(z.re.mid) }
    : ball.squareRoot(norm(z, precision), precision)

/** @throws Undecided where the divisor may be zero */
export function divide(a: Complex, b: Complex, precision: number): Complex {
  if (isReal(b)) {
    const part = (x: Ball) => (ball.isExactZero(x) ? quotientOfZero(b.re) : ball.divide(x, b.re, precision))
    return { re: part(a.re), im: part(a.im) }
  }
  const above = multiply(a, { re: b.re, im: ball.negate(b.im) }, precision)
  return divide(above, fromReal(norm(b, precision)), precision)
}

function quotientOfZero(divisor: Ball): Ball {
  if (ball.containsZero(divisor)) throw new Undecided()
  return ZERO
}

export function exponential({ re, im }: Complex, precision: number): Complex {
  const size = ball.isExactZero(re) ? ONE : real.exponential(re, precision)
  if (ball.isExactZero(im)) return fromReal(size)
  const { sine, cosine } = real.sineAndCosine(im, precision)
  return { re: ball.multiply(size, cosine, precision), im: ball.multiply(size, sine, precision) }
}

/**
 * The principal logarithm.
 * @throws Undecided at zero, or where the side of the cut is unknown
 */
export function logarithm(z: Complex, precision: number): Complex {
  const im = real.angle(z.re, z.im, isReal(z), precision)
  return { re: real.logarithm(modulus(z, precision), precision), im }
}

/** Returns z^n for a whole n. */
export function wholePower(z: Complex, n: bigint, precision: number): Complex {
  if (n < 0n) return divide(fromReal(ONE), wholePower(z, -n, precision), precision)
  let [result, square] = [fromReal(ONE), z]
  for (let rest = n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(result, square, precision)
    if (rest > 1n) square = multiply(square, square, precision)
  }
  return result
}

/**
 * Returns the root as taught in school: real for odd roots of negative numbers, otherwise the principal root.
 */
export function root(z: Complex, index: number, precision: number): Complex {
  const { re } = z
  if (isReal(z) && ball.isExactZero(re)) return z
  if (containsZero(z)) {
    const near = ball.nearZero(Math.ceil(bitsAbove(z) / index))
    return { re: near, im: near }
  }
  if (isReal(z) && ball.isNegative(re)) {
    if (index % 2 === 1) return negate(root(negate(z), index, precision))
    if (index === 2) return { re: ZERO, im: ball.squareRoot(ball.negate(re), precision) }
  }
  if (isReal(z) && index === 2) return fromReal(ball.squareRoot(re, precision))
  const part = ball.fromFraction(1n, BigInt(index), precision)
  return exponential(multiply(logarithm(z, precision), fromReal(part), precision), precision)
}

/**
 * Returns z^w = e^(w log z).
 * @throws Undecided where z may be zero
 */
export function power(z: Complex, w: Complex, precision: number): Complex {
  return exponential(multiply(w, logarithm(z, precision), precision), precision)
}
