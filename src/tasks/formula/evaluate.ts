import { deriveKey, type Key, Stream } from '../../random'
import { type Rational, rational } from '../rational'
import * as ball from './ball'
import { bitLength, fromFraction, Undecided } from './ball'
import type { Complex } from './complex'
import * as complex from './complex'
import { exactValue, MAX_BITS } from './exact_value'
import { type Formula, keyOf } from './formula'
import * as real from './real_functions'

/**
 * A value with its bounds `above` and `below`, in bits. They show how small a value other than 0 can be: let
 * D be the product of the degrees of all its roots; then its size is at least 2^-(below + (D - 1) above)
 * (Burnikel, Funke, Mehlhorn, Schirra and Schmitt, "A Separation Bound for Real Algebraic Expressions",
 * 2009). Numbers such as pi count as fractions of their own size, for which no bound is proved.
 */
export interface Sized {
  readonly value: Complex
  readonly above: number
  readonly below: number
}

/** Cost limit of comparing two answers, in squared words of 64 bits: some milliseconds. */
const BUDGET = 20_000

/** Bounds the work on two answers, so that a model's answer cannot keep a run waiting. */
export class Budget {
  private left = BUDGET
  /** @throws Undecided where the budget is spent */
  spend(cost: number): void {
    this.left -= cost
    if (this.left < 0) throw new Undecided()
  }
}

const MAX_ROOT = 64n

/**
 * Random fractions for unknowns, and for functions known only by name. They depend on both answers, so a
 * model cannot know them while it writes one.
 */
export class Sample {
  private readonly values = new Map<string, Rational>()
  constructor(
    private readonly key: Key,
    readonly index: number,
    /** The unknown that is negative in sample 2, so that `|x|` is never taken for `x`. */
    private readonly negative: string | null = null,
  ) {}

  /**
   * Returns the same fraction for the same name. Half of all samples are smaller than 1 in size; most have
   * both signs.
   */
  of(name: string): Rational {
    const known = this.values.get(name)
    if (known !== undefined) return known
    const letters = Array.from(name, (letter) => letter.codePointAt(0) ?? 0)
    const stream = new Stream(deriveKey(this.key, this.index, ...letters))
    const below = stream.int(1000, 4000)
    const above = this.index % 2 === 0 ? stream.int(below + 1, 40 * below) : stream.int(1, below - 1)
    const isNegative = stream.int(0, 1) === 1 || name === this.negative
    const sign = this.index >= 2 && isNegative ? -1 : 1
    const value = rational(BigInt(sign * above), BigInt(below))
    if (value === null) throw new Undecided()
    this.values.set(name, value)
    return value
  }
}

/** Evaluates formulas at one sample with one precision. */
export class Evaluation {
  /** @param degrees collects the degree of each root taken */
  constructor(
    private readonly sample: Sample,
    private readonly precision: number,
    private readonly budget: Budget,
    private readonly degrees: Map<string, number>,
  ) {}

  /** @throws Undecided where the formula has no value here, or the work exceeds the budget */
  value(f: Formula): Sized {
    const words = this.precision / 64
    this.budget.spend(words)
    const exact = exactValue(f)
    if (exact !== null) return this.fraction(exact)
    switch (f.kind) {
      case 'number':
      case 'either-sign':
        throw new Undecided()
      case 'constant':
        return this.constant(f.name)
      case 'unknown':
        return this.fraction(this.sample.of(f.name))
      case 'sum':
        return f.parts.map((part) => this.value(part)).reduce((a, b) => this.sum(a, b))
      case 'product':
        return f.parts.map((part) => this.value(part)).reduce((a, b) => this.product(a, b))
      case 'negative': {
        const { value, above, below } = this.value(f.of)
        return { value: complex.negate(value), above, below }
      }
      case 'quotient':
        return this.quotient(this.value(f.above), this.value(f.below))
      case 'power':
        return this.power(f.base, f.exponent)
      case 'root': {
        const index = exactValue(f.index)
        if (index === null || index.denominator !== 1n) throw new Undecided()
        return this.root(f.of, index.numerator)
      }
      case 'call':
        return this.call(f)
    }
  }

  sum(a: Sized, b: Sized): Sized {
    return {
      value: complex.add(a.value, b.value, this.precision),
      above: Math.max(a.above + b.below, b.above + a.below) + 1,
      below: a.below + b.below,
    }
  }

  difference(a: Sized, b: Sized): Sized {
    return this.sum(a, { ...b, value: complex.negate(b.value) })
  }

  product(a: Sized, b: Sized): Sized {
    const value = complex.multiply(a.value, b.value, this.precision)
    return { value, above: a.above + b.above, below: a.below + b.below }
  }

  private quotient(a: Sized, b: Sized): Sized {
    const value = complex.divide(a.value, b.value, this.precision)
    return { value, above: a.above + b.below, below: a.below + b.above }
  }

  private fraction({ numerator, denominator }: Rational): Sized {
    const value = complex.fromReal(fromFraction(numerator, denominator, this.precision))
    return { value, above: bitLength(numerator), below: bitLength(denominator - 1n) }
  }

  private constant(name: 'pi' | 'e' | 'i'): Sized {
    if (name === 'i') {
      this.degrees.set('i', 2)
      return { value: complex.I, above: 0, below: 0 }
    }
    const { precision } = this
    return ofOwnSize(
      complex.fromReal(name === 'pi' ? real.pi(precision) : real.exponential(ball.ONE, precision)),
    )
  }

  private power(base: Formula, exponent: Formula): Sized {
    const { precision } = this
    const exact = exactValue(exponent)
    if (exact !== null && exact.denominator <= MAX_ROOT) {
      const n = exact.numerator
      const of = exact.denominator === 1n ? this.value(base) : this.root(base, exact.denominator)
      const [above, below] = n < 0n ? [of.below, of.above] : [of.above, of.below]
      const times = ball.abs(n)
      if (times * BigInt(above + below + 1) > BigInt(4 * MAX_BITS)) throw new Undecided()
      if (n <= 0n && complex.containsZero(of.value)) throw new Undecided()
      const value = complex.wholePower(of.value, n, precision)
      return { value, above: above * Number(times), below: below * Number(times) }
    }
    this.spendFunction()
    const power = this.value(exponent).value
    if (base.kind === 'constant' && base.name === 'e') return ofOwnSize(complex.exponential(power, precision))
    return ofOwnSize(complex.power(this.value(base).value, power, precision))
  }

  private root(f: Formula, index: bigint): Sized {
    if (index < 2n || index > MAX_ROOT) throw new Undecided()
    this.spendFunction()
    const { value, above, below } = this.value(f)
    const k = Number(index)
    this.degrees.set(`${this.sample.index}: ${index} ${keyOf(f)}`, k)
    const rooted = complex.root(value, k, this.precision)
    return above >= below
      ? { value: rooted, above: Math.ceil((above + (k - 1) * below) / k), below }
      : { value: rooted, above, below: Math.ceil(((k - 1) * above + below) / k) }
  }

  private call(f: Formula & { readonly kind: 'call' }): Sized {
    const { precision } = this
    if (f.name === 'abs') return this.absolute(f.of[0])
    if (f.name === 'ln') {
      this.spendFunction()
      return ofOwnSize(complex.logarithm(this.value(f.of[0]).value, precision))
    }
    const known = FUNCTIONS.get(f.name)
    if (known === undefined) return this.fraction(this.sample.of(keyOf(f)))
    this.spendFunction()
    const { value } = this.value(f.of[0])
    if (!complex.isReal(value)) throw new Undecided()
    return ofOwnSize(complex.fromReal(known(value.re, precision)))
  }

  private absolute(f: Formula): Sized {
    const { value, above, below } = this.value(f)
    // The modulus of a complex number is the root of its product with its conjugate, which has roots of its
    // own.
    if (!complex.isReal(value))
      this.degrees.set(`${this.sample.index}: |${keyOf(f)}|`, 2 * degreeOf(this.degrees))
    return { value: complex.fromReal(complex.modulus(value, this.precision)), above, below }
  }

  private spendFunction(): void {
    const words = this.precision / 64
    this.budget.spend(words * words)
  }
}

export function degreeOf(degrees: ReadonlyMap<string, number>): number {
  return [...degrees.values()].reduce((product, degree) => product * degree, 1)
}

/** Returns a value of which only the size is known. */
function ofOwnSize(value: Complex): Sized {
  const bits = complex.bitsAbove(value)
  if (complex.containsZero(value)) return { value, above: 0, below: 0 }
  return { value, above: Math.max(0, bits), below: Math.max(0, 2 - bits) }
}

type RealFunction = (x: ball.Ball, precision: number) => ball.Ball

const sine: RealFunction = (x, precision) => real.sineAndCosine(x, precision).sine
const cosine: RealFunction = (x, precision) => real.sineAndCosine(x, precision).cosine
const ratioOf =
  (above: RealFunction, below: RealFunction): RealFunction =>
  (x, precision) =>
    ball.divide(above(x, precision), below(x, precision), precision)
const one: RealFunction = () => ball.ONE

const FUNCTIONS: ReadonlyMap<string, RealFunction> = new Map([
  ['sin', sine],
  ['cos', cosine],
  ['tan', ratioOf(sine, cosine)],
  ['cot', ratioOf(cosine, sine)],
  ['sec', ratioOf(one, cosine)],
  ['csc', ratioOf(one, sine)],
  ['arcsin', real.arcsine],
  ['arccos', real.arccosine],
  ['arctan', real.arctangent],
])

/** Whether `Evaluation` computes this function; other functions are known only by name. */
export const isFunction = (name: string): boolean => FUNCTIONS.has(name)
