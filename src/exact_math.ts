/**
 * Elementary functions that return the same bits in every engine. ECMAScript leaves the accuracy of Math.exp,
 * log, sin, cos and `**` to the implementation, and one engine's interpreter and compiler may differ. IEEE
 * 754 fixes only + - * / and Math.sqrt, so these functions use nothing else. Code that feeds a run's digest
 * must use them. Errors are in units in the last place of the result (ulp), tested against 200-bit
 * arithmetic.
 *
 * Methods: Cody and Waite's argument reduction (Software Manual for the Elementary Functions, 1980), then
 * series.
 */

/** ln 2 in two parts. The first has 32 bits, so its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

/**
 * π / 2 in three parts. The first two have 33 bits each, so their products with integers below 2^20 are
 * exact.
 */
const HALF_PI_HIGH = 1.5707963267341256
const HALF_PI_MIDDLE = 6.077100506303966e-11
const HALF_PI_LOW = 2.0222662487959506e-21

/**
 * Largest angle for which quadrants are counted exactly and the reduced angle keeps more than 53 good bits.
 */
const MOST_RADIANS = 2 ** 20

/** 1 / n! for n up to 18; n! itself is exact in that range. */
const INVERSE_FACTORIALS = inverseFactorials(18)

function inverseFactorials(most: number): Float64Array {
  const inverse = new Float64Array(most + 1)
  let factorial = 1
  for (let n = 0; n <= most; n++) {
    if (n > 0) factorial *= n
    inverse[n] = 1 / factorial
  }
  return inverse
}

const bits = new DataView(new ArrayBuffer(8))

/** Returns 2^k for an integer k in [-1022, 1023], made from its exponent bits. */
export function powerOfTwo(k: number): number {
  bits.setInt32(0, (k + 1023) << 20)
  bits.setInt32(4, 0)
  return bits.getFloat64(0)
}

/** Returns e^x within 1 ulp, also where the result is subnormal. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > 709.79) return Number.POSITIVE_INFINITY
  if (x < -745.2) return 0
  const k = Math.round(x / Math.LN2)
  // x = k ln2 + r + tail, |r| <= ln2 / 2; the difference is exact.
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const tail = high - r - low
  let series = INVERSE_FACTORIALS[14]
  for (let n = 13; n >= 2; n--) series = series * r + INVERSE_FACTORIALS[n]
  const power = 1 + (r + (series * r * r + tail * (1 + r)))
  // 2^k alone may be out of range even where the product is in range.
  const half = k >> 1
  return power * powerOfTwo(half) * powerOfTwo(k - half)
}

/** Returns ln x within 1 ulp; NaN below 0, -Infinity at 0. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN
  if (x === 0) return Number.NEGATIVE_INFINITY
  if (x === Number.POSITIVE_INFINITY) return x
  const subnormal = x < powerOfTwo(-1022)
  bits.setFloat64(0, subnormal ? x * powerOfTwo(54) : x)
  const top = bits.getInt32(0)
  // x = 2^k (1 + f) with 1 + f in about [sqrt(1/2), sqrt 2): the mantissa's larger half goes to the next
  // power.
  const large = (top & 0xfffff) > 0x6a09e ? 1 : 0
  const k = (top >>> 20) - 1023 + large - (subnormal ? 54 : 0)
  bits.setInt32(0, (top & 0xfffff) | ((1023 - large) << 20))
  const f = bits.getFloat64(0) - 1
  // ln(1 + f) = 2 atanh s, and 2 s = f - s f. The exact f is added last; every rounded term is small beside
  // it.
  const s = f / (2 + f)
  const square = s * s
  let series = 0
  for (let n = 23; n >= 3; n -= 2) series = (series + 2 / n) * square
  const half = (f * f) / 2
  return k * LN2_HIGH - (half - (s * (half + series) + k * LN2_LOW) - f)
}

/**
 * Returns sin x within 1 ulp, x in radians.
 * @throws RangeError beyond 2^20 radians, where a double holds too few digits of the angle
 */
export function sin(x: number): number {
  const quadrant = reduce(x)
  const value = quadrant & 1 ? cosineNear(reduced[0], reduced[1]) : sineNear(reduced[0], reduced[1])
  return quadrant & 2 ? -value : value
}

/** Returns cos x, with the error and range of `sin`. */
export function cos(x: number): number {
  const quadrant = reduce(x)
  const value = quadrant & 1 ? sineNear(reduced[0], reduced[1]) : cosineNear(reduced[0], reduced[1])
  return (quadrant + 1) & 2 ? -value : value
}

/** Output of `reduce`. A new object for every angle of a rotary table would double the time. */
const reduced = new Float64Array(2)

/**
 * Splits x into quadrant · π / 2 + y + tail with |y| <= π / 4; tail is the rounding error of y. Returns the
 * quadrant and writes y and tail to `reduced`.
 */
function reduce(x: number): number {
  if (Math.abs(x) > MOST_RADIANS) throw new RangeError(`an angle of ${x} radians`)
  const quadrant = Math.round((x * 2) / Math.PI)
  const first = x - quadrant * HALF_PI_HIGH
  const middle = quadrant * HALF_PI_MIDDLE
  const second = first - middle
  const low = first - second - middle - quadrant * HALF_PI_LOW
  reduced[0] = second + low
  reduced[1] = second - reduced[0] + low
  return quadrant
}

/** Returns sin(y + tail) for |y| <= π / 4. */
function sineNear(y: number, tail: number): number {
  const square = y * y
  let series = INVERSE_FACTORIALS[17]
  for (let n = 15; n >= 3; n -= 2) series = INVERSE_FACTORIALS[n] - series * square
  return y - (series * square * y - tail * (1 - square / 2))
}

/** Returns cos(y + tail) for |y| <= π / 4. */
function cosineNear(y: number, tail: number): number {
  const square = y * y
  let series = INVERSE_FACTORIALS[18]
  for (let n = 16; n >= 4; n -= 2) series = INVERSE_FACTORIALS[n] - series * square
  const half = square / 2
  const first = 1 - half
  return first + (1 - first - half + (series * square * square - y * tail))
}
