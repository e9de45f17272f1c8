/**
 * Elementary functions in fixed point of 400 bits, by their plainest series: the reference for
 * `src/exact_math.ts`.
 */

const PLACES = 400n
const ONE = 1n << PLACES

/** Converts a double to units of 2^place, dropping the rest. */
function inUnits(x: number, place: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  const raw = view.getBigUint64(0)
  const exponent = Number((raw >> 52n) & 0x7ffn)
  const fraction = raw & ((1n << 52n) - 1n)
  const digits = exponent === 0 ? fraction : fraction | (1n << 52n)
  const shift = BigInt(Math.max(exponent, 1) - 1075 - place)
  const size = shift >= 0n ? digits << shift : digits >> -shift
  return raw >> 63n ? -size : size
}

const fixed = (x: number) => inUnits(x, -Number(PLACES))

const times = (a: bigint, b: bigint) => (a * b) >> PLACES

/** Sums x^n / n! over n = first, first + step …, with alternating signs on request. */
function powers(x: bigint, first: number, step: number, alternating: boolean): bigint {
  let term = ONE
  let sum = 0n
  for (let n = 0; term !== 0n && n < 4000; n++) {
    if (n > 0) term = times(term, x) / BigInt(n)
    if (n < first || (n - first) % step !== 0) continue
    sum += alternating && ((n - first) / step) % 2 === 1 ? -term : term
  }
  return sum
}

/** atanh(1 / n) or atan(1 / n). */
function inverseTangent(n: bigint, hyperbolic: boolean): bigint {
  let power = ONE / n
  let sum = 0n
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += !hyperbolic && k % 4n === 3n ? -(power / k) : power / k
    power /= n * n
  }
  return sum
}

const LN2 = 2n * inverseTangent(3n, true)
/** Machin's formula. */
const PI = 4n * (4n * inverseTangent(5n, false) - inverseTangent(239n, false))

/** Splits x = count · unit + rest, with |rest| <= unit / 2. */
function divided(x: bigint, unit: bigint): { count: bigint; rest: bigint } {
  const count = (2n * x + unit) / (2n * unit) - (2n * x + unit < 0n ? 1n : 0n)
  return { count, rest: x - count * unit }
}

/** e^x as mantissa · 2^exponent, in fixed point. */
export function preciseExp(x: number): { mantissa: bigint; exponent: number } {
  const { count, rest } = divided(fixed(x), LN2)
  return { mantissa: powers(rest, 0, 1, false), exponent: Number(count) }
}

/** ln x by Newton's iteration on the exponential, after its power of two. */
export function preciseLog(x: number): bigint {
  const exponent = Math.floor(Math.log2(x))
  const wanted = inUnits(x, exponent - Number(PLACES))
  let guess = 0n
  for (let i = 0; i < 12; i++) {
    const power = powers(guess, 0, 1, false)
    guess += (2n * (wanted - power) * ONE) / (wanted + power)
  }
  return guess + BigInt(exponent) * LN2
}

export function preciseSin(x: number): bigint {
  return powers(divided(fixed(x), 2n * PI).rest, 1, 2, true)
}

export function preciseCos(x: number): bigint {
  return powers(divided(fixed(x), 2n * PI).rest, 0, 2, true)
}

/** Returns the distance of a double from mantissa · 2^exponent in fixed point, in units in the last place. */
export function ulps(found: number, mantissa: bigint, exponent = 0): number {
  const size = mantissa < 0n ? -mantissa : mantissa
  const top = size.toString(2).length - 1 - Number(PLACES) + exponent
  const place = Math.max(top, -1022) - 52
  // Both in 2^(place - 64).
  const shift = BigInt(exponent - place + 64) - PLACES
  const wanted = shift >= 0n ? mantissa << shift : mantissa >> -shift
  const scaled = inUnits(found, place - 64)
  return Math.abs(Number(scaled - wanted)) / 2 ** 64
}
