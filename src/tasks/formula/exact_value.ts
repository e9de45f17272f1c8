import { type Rational, rational } from '../rational'
import { abs, bitLength } from './ball'
import { type Formula, partsOf } from './formula'

/** Maximum bits of a numerator or denominator, so that a model's answer cannot keep a run waiting. */
export const MAX_BITS = 4096
const MAX_FACTORIAL = 400n

const small = (value: Rational | null): Rational | null =>
  value !== null && bitLength(value.numerator) <= MAX_BITS && bitLength(value.denominator) <= MAX_BITS
    ? value
    : null

/**
 * Returns the value as a fraction; null where it is none, is not defined, has unknowns, or exceeds
 * `MAX_BITS`.
 */
export function exactValue(f: Formula): Rational | null {
  if (f.kind === 'number') return small(f.value)
  if (f.kind === 'constant' || f.kind === 'unknown' || f.kind === 'root' || f.kind === 'either-sign')
    return null
  const parts: Rational[] = []
  for (const part of partsOf(f)) {
    const value = exactValue(part)
    if (value === null) return null
    parts.push(value)
  }
  const [x, y] = parts
  switch (f.kind) {
    case 'sum':
      return parts.reduce<Rational | null>((sum, each) => sum && small(plus(sum, each)), ratio(0n))
    case 'product':
      return parts.reduce<Rational | null>(
        (product, each) => product && small(times(product, each)),
        ratio(1n),
      )
    case 'negative':
      return { numerator: -x.numerator, denominator: x.denominator }
    case 'quotient':
      return small(rational(x.numerator * y.denominator, x.denominator * y.numerator))
    case 'power':
      return power(x, y)
    case 'call':
      return call(f.name, parts)
  }
}

const ratio = (numerator: bigint): Rational => ({ numerator, denominator: 1n })

const plus = (a: Rational, b: Rational): Rational | null =>
  rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)

const times = (a: Rational, b: Rational): Rational | null =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator)

function power(base: Rational, exponent: Rational): Rational | null {
  const { numerator: n, denominator } = exponent
  if (denominator !== 1n || (n <= 0n && base.numerator === 0n)) return null
  const bits = Math.max(bitLength(abs(base.numerator) - 1n), bitLength(base.denominator - 1n))
  if (abs(n) * BigInt(bits) > BigInt(MAX_BITS)) return null
  // Powers of 1, -1 and 0 stay small, so any exponent is allowed.
  const size = bits === 0 ? abs(n) % 2n || 2n : abs(n)
  const [above, below] = [raised(base.numerator, size), raised(base.denominator, size)]
  return n < 0n ? rational(below, above) : n === 0n ? ratio(1n) : rational(above, below)
}

function raised(base: bigint, n: bigint): bigint {
  let [result, square] = [1n, base]
  for (let rest = n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result *= square
    if (rest > 1n) square *= square
  }
  return result
}

function call(name: string, [x, y]: readonly Rational[]): Rational | null {
  if (x.denominator !== 1n || (y && y.denominator !== 1n)) return name === 'abs' ? absolute(x) : null
  if (name === 'abs') return absolute(x)
  if (name === 'factorial')
    return x.numerator < 0n || x.numerator > MAX_FACTORIAL ? null : factorial(x.numerator)
  if (name === 'binomial') return binomial(x.numerator, y.numerator)
  return null
}

const absolute = (x: Rational): Rational => ({ numerator: abs(x.numerator), denominator: x.denominator })

function factorial(n: bigint): Rational {
  let product = 1n
  for (let k = 2n; k <= n; k++) product *= k
  return ratio(product)
}

function binomial(n: bigint, k: bigint): Rational | null {
  if (n < 0n || n > MAX_FACTORIAL || k < 0n || k > n) return null
  let product = 1n
  for (let i = 1n; i <= k; i++) product = (product * (n - i + 1n)) / i
  return ratio(product)
}
