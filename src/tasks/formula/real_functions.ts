import {
  abs,
  add,
  type Ball,
  bitLength,
  bitsAbove,
  divide,
  integerRoot,
  isNegative,
  isPositive,
  multiply,
  negate,
  ONE,
  rounded,
  squareRoot,
  TWO,
  Undecided,
  ZERO,
} from './ball'

/**
 * Elementary functions of balls, by series in fixed point. Each returns a ball that holds the function's
 * values over its whole argument.
 */

/** Extra bits for the rounding errors of a series. */
const GUARD = 40

const constants = new Map<string, bigint>()

/** Returns a constant times 2^bits, computed once per number of bits. */
function constant(name: string, bits: number, compute: (one: bigint) => bigint): bigint {
  const key = `${name} ${bits}`
  const known = constants.get(key)
  if (known !== undefined) return known
  const value = compute(1n << BigInt(bits))
  constants.set(key, value)
  return value
}

/**
 * Returns 1/n + s/(3 n^3) + s^2/(5 n^5) + ...: the arctangent of 1/n for s = -1, the inverse hyperbolic
 * tangent for s = 1.
 */
function inverseSeries(n: bigint, sign: bigint, one: bigint): bigint {
  let [term, sum] = [one / n, 0n]
  for (let k = 1n; term !== 0n; k += 2n) {
    sum += term / k
    term = (sign * term) / (n * n)
  }
  return sum
}

const piAt = (bits: number): bigint =>
  constant('pi', bits, (one) => 16n * inverseSeries(5n, -1n, one) - 4n * inverseSeries(239n, -1n, one))

const ln2At = (bits: number): bigint => constant('ln2', bits, (one) => 2n * inverseSeries(3n, 1n, one))

/** Rounds precisions up to a few values, so that constants are reused. */
const workingBits = (precision: number): number => Math.ceil((precision + GUARD) / 128) * 128

export function pi(precision: number): Ball {
  const bits = workingBits(precision)
  return rounded(piAt(bits), 1n << 20n, -bits, precision)
}

/** The midpoint in units of 2^-bits, rounded down. */
function fixed({ mid, exponent }: Ball, bits: number): bigint {
  const shift = exponent + bits
  return shift >= 0 ? mid << BigInt(shift) : mid >> BigInt(-shift)
}

/** The radius in units of 2^-bits, rounded up. */
const fixedRadius = (x: Ball, bits: number): bigint => fixed({ ...x, mid: x.radius }, bits) + 1n

/** @throws Undecided for an argument of 2^15 or more, or with a radius above 1 */
export function exponential(x: Ball, precision: number): Ball {
  if (bitsAbove(x) > 15) throw new Undecided()
  const halvings = 8 + Math.floor(precision / 256)
  const bits = workingBits(precision + halvings + 32)
  const one = 1n << BigInt(bits)
  const ln2 = ln2At(bits)
  const at = fixed(x, bits)
  const turns = at / ln2
  const rest = (at - turns * ln2) >> BigInt(halvings)
  let [sum, term] = [one, one]
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = ((term * rest) >> BigInt(bits)) / k
    sum += term
  }
  for (let i = 0; i < halvings; i++) sum = (sum * sum) >> BigInt(bits)
  const spread = fixedRadius(x, bits)
  if (spread > one) throw new Undecided()
  // |e^(x+d) - e^x| <= 2 |d| e^x for |d| <= 1. Squaring costs the series `halvings` bits.
  const radius = ((2n * spread * (sum + 1n)) >> BigInt(bits)) + (1n << BigInt(halvings + 24))
  return rounded(sum, radius, Number(turns) - bits, precision)
}

/**
 * The natural logarithm.
 * @throws Undecided where the ball is not positive
 */
export function logarithm(x: Ball, precision: number): Ball {
  if (!isPositive(x)) throw new Undecided()
  const halvings = 8 + Math.floor(precision / 256)
  const bits = workingBits(precision + halvings + 32)
  const one = 1n << BigInt(bits)
  const scale = bitLength(x.mid)
  // x.mid = y 2^scale with y in [1/2, 1).
  let y = fixed({ ...x, exponent: -scale }, bits)
  for (let i = 0; i < halvings; i++) y = integerRoot(y << BigInt(bits))
  const ratio = ((y - one) << BigInt(bits)) / (y + one)
  const square = (ratio * ratio) >> BigInt(bits)
  let [sum, term] = [0n, ratio]
  for (let k = 1n; term !== 0n && term !== -1n; k += 2n) {
    sum += term / k
    term = (term * square) >> BigInt(bits)
  }
  const value = (sum << BigInt(halvings + 1)) + BigInt(scale + x.exponent) * ln2At(bits)
  const spread = (x.radius << BigInt(bits)) / (x.mid - x.radius) + 1n
  return rounded(value, spread + (1n << BigInt(halvings + 32)), -bits, precision)
}

/**
 * Sine and cosine.
 * @throws Undecided for an argument above 2^64
 */
export function sineAndCosine(x: Ball, precision: number): { sine: Ball; cosine: Ball } {
  const large = Math.max(0, bitsAbove(x))
  if (large > 64) throw new Undecided()
  const bits = workingBits(precision + large + 32)
  const one = 1n << BigInt(bits)
  const quarter = piAt(bits) / 2n
  const at = fixed(x, bits)
  // Subtracts the nearest quarter turn, so that the rest is small.
  const turns = (2n * at + quarter) / (2n * quarter) - (2n * at + quarter < 0n ? 1n : 0n)
  const rest = at - turns * quarter
  const square = (rest * rest) >> BigInt(bits)
  const series = (first: bigint, k: bigint): bigint => {
    let [sum, term] = [first, first]
    for (let n = k; term !== 0n && term !== -1n; n += 2n) {
      term = -((term * square) >> BigInt(bits)) / (n * (n + 1n))
      sum += term
    }
    return sum
  }
  const [s, c] = [series(rest, 2n), series(one, 1n)]
  const radius = fixedRadius(x, bits) + (abs(turns) << 20n) + (1n << 24n)
  const ball = (mid: bigint) => rounded(mid, radius, -bits, precision)
  const turn = Number(((turns % 4n) + 4n) % 4n)
  const [sine, cosine] = [
    [s, c],
    [c, -s],
    [-s, -c],
    [-c, s],
  ][turn]
  return { sine: ball(sine), cosine: ball(cosine) }
}

export function arctangent(x: Ball, precision: number): Ball {
  if (bitsAbove(x) > 1) {
    // arctan x = ±pi/2 - arctan 1/x keeps the argument of the series small.
    const inverse = divide(ONE, x, precision + 8)
    if (bitsAbove(inverse) > 1) throw new Undecided()
    const half = divide(pi(precision + 8), TWO, precision + 8)
    const rest = negate(arctangent(inverse, precision + 8))
    return add(isNegative(x) ? negate(half) : half, rest, precision)
  }
  const halvings = 8 + Math.floor(precision / 256)
  const bits = workingBits(precision + halvings + 32)
  const one = 1n << BigInt(bits)
  let y: Ball = { ...x, radius: 0n }
  for (let i = 0; i < halvings; i++) {
    const hypotenuse = squareRoot(add(ONE, multiply(y, y, bits), bits), bits)
    y = divide(y, add(ONE, hypotenuse, bits), bits)
  }
  const at = fixed(y, bits)
  const square = (at * at) / one
  let [sum, term] = [0n, at]
  for (let k = 1n; term !== 0n; k += 2n) {
    sum += term / k
    term = (-term * square) / one
  }
  const radius = fixedRadius(x, bits) + (1n << BigInt(halvings + 24))
  return rounded(sum << BigInt(halvings), radius, -bits, precision)
}

/** @throws Undecided outside [-1, 1] */
export function arcsine(x: Ball, precision: number): Ball {
  const rest = add(ONE, negate(multiply(x, x, precision)), precision)
  const half = arctangent(divide(x, add(ONE, squareRoot(rest, precision), precision), precision), precision)
  return add(half, half, precision)
}

/** @throws Undecided outside [-1, 1] */
export function arccosine(x: Ball, precision: number): Ball {
  const half = divide(pi(precision), TWO, precision)
  return add(half, negate(arcsine(x, precision)), precision)
}

/**
 * Returns the angle of the point (x, y).
 * @throws Undecided where the point may lie on either side of the cut along negative x
 */
export function angle(x: Ball, y: Ball, yIsZero: boolean, precision: number): Ball {
  if (yIsZero && isPositive(x)) return ZERO
  if (yIsZero && isNegative(x)) return pi(precision)
  if (isPositive(x)) return arctangent(divide(y, x, precision), precision)
  const half = divide(pi(precision), TWO, precision)
  const beside = negate(arctangent(divide(x, y, precision), precision))
  return add(isNegative(y) ? negate(half) : half, beside, precision)
}
