import { deriveKey, type Key } from '../../random'
import { parseRational } from '../rational'
import * as ball from './ball'
import { Undecided } from './ball'
import * as complex from './complex'
import { type Budget, degreeOf, Evaluation, Sample, type Sized } from './evaluate'
import { exactValue, MAX_BITS } from './exact_value'
import { type Formula, keyOf, unknownsOf, whole } from './formula'

/** Random samples at which two formulas must agree to count as one function. */
const AGREEMENTS = 3
/** Samples to try: those outside a formula's domain decide nothing. */
const SAMPLES = 8
const MAX_UNKNOWNS = 8
const FIRST_PRECISION = 192
/** Minimum bits that must be 0 before a difference counts as zero. */
const LEAST_BITS = 320

const SAMPLE_KEY: Key = [0x73616d65, 0x66726d6c]

/**
 * Whether two formulas are one number, or one function of their unknowns; false where this cannot be decided.
 * - Fractions are compared as fractions.
 * - Other numbers are computed in intervals until the intervals are apart, or closer than two different
 *   numbers of such formulas can be (`Sized`). So there is no tolerance.
 * - Functions are compared in the same way at random fractions.
 * - Functions known only by name (`f(x)`, `n!`) equal only themselves.
 */
export function sameFormula(f: Formula, g: Formula, budget: Budget): boolean {
  const [x, y] = [exactValue(f), exactValue(g)]
  if (x !== null && y !== null) return x.numerator === y.numerator && x.denominator === y.denominator
  if (keyOf(f) === keyOf(g)) return true
  const unknowns = new Set([...unknownsOf(f), ...unknownsOf(g)]).size
  if (unknowns > MAX_UNKNOWNS) return false
  const comparison = new Comparison(f, g, budget)
  const wanted = unknowns === 0 ? 1 : AGREEMENTS
  return comparison.agrees(wanted, (sample) =>
    comparison.isZero([sample], ([here]) => here.difference(here.value(f), here.value(g))),
  )
}

/**
 * Whether `f = 0` and `g = 0` are one equation, because g is f times a number. With `positive`, whether `f >
 * 0` and `g > 0` are one inequality. False where this cannot be decided.
 */
export function areProportional(f: Formula, g: Formula, positive: boolean, budget: Budget): boolean {
  const [names, others] = [unknownsOf(f), unknownsOf(g)]
  if (names.size === 0 || names.size > MAX_UNKNOWNS || names.size !== others.size) return false
  if (![...names].every((name) => others.has(name))) return false
  const comparison = new Comparison(f, g, budget)
  const isNot0 = (sample: number, of: Formula) => comparison.isZero([sample], ([e]) => e.value(of)) === false
  const first = Array.from({ length: SAMPLES }, (_, i) => i).find((i) => isNot0(i, f) && isNot0(i, g))
  if (first === undefined) return false
  if (positive && !comparison.haveOneSign(first, f, g)) return false
  return comparison.agrees(AGREEMENTS, (sample) =>
    sample === first
      ? null
      : comparison.isZero([first, sample], ([here, there]) =>
          here.difference(
            here.product(here.value(f), there.value(g)),
            here.product(there.value(f), here.value(g)),
          ),
        ),
  )
}

/** Compares two formulas at samples that depend on both, in either order. */
class Comparison {
  private readonly key: Key
  private readonly negative: string | null
  constructor(
    f: Formula,
    g: Formula,
    private readonly budget: Budget,
  ) {
    this.negative = [...unknownsOf(f), ...unknownsOf(g)].sort().at(0) ?? null
    const both = [keyOf(f), keyOf(g)].sort().join(' ')
    this.key = deriveKey(SAMPLE_KEY, ...Array.from(both, (letter) => letter.codePointAt(0) ?? 0))
  }

  private sample(index: number): Sample {
    return new Sample(this.key, index, this.negative)
  }

  /** Whether a test holds at `wanted` samples and fails at none; null (undecided) counts as neither. */
  agrees(wanted: number, test: (sample: number) => boolean | null): boolean {
    let agreements = 0
    for (let sample = 0; sample < SAMPLES && agreements < wanted; sample++) {
      const holds = test(sample)
      if (holds === false) return false
      if (holds) agreements++
    }
    return agreements === wanted
  }

  /** Whether a value computed at some samples is 0; null where this cannot be decided. */
  isZero(samples: readonly number[], compute: (at: readonly Evaluation[]) => Sized): boolean | null {
    try {
      for (let precision = FIRST_PRECISION; ; ) {
        const degrees = new Map<string, number>()
        const at = samples.map((i) => new Evaluation(this.sample(i), precision, this.budget, degrees))
        const { value, above, below } = compute(at)
        if (!complex.containsZero(value)) return false
        const bits = Math.max(LEAST_BITS, below + (degreeOf(degrees) - 1) * above + 1)
        if (bits > MAX_BITS) return null
        if (complex.bitsAbove(value) < -bits) return true
        if (precision > MAX_BITS) return null
        precision = Math.max(2 * precision, bits + 64)
      }
    } catch (error) {
      if (error instanceof Undecided) return null
      throw error
    }
  }

  /** Whether the product of both is real and positive at a sample, so that they have one sign. */
  haveOneSign(sample: number, f: Formula, g: Formula): boolean {
    const at = new Evaluation(this.sample(sample), FIRST_PRECISION, this.budget, new Map())
    const { value } = at.product(at.value(f), at.value(g))
    return complex.isReal(value) && ball.isPositive(value.re)
  }
}

const ROUNDED = /^([+-]?\d*)(?:\.(\d+))?$/

/** Whether a decimal is a number rounded or cut off at its last digit. */
export function isRoundingOf(decimal: string, f: Formula, budget: Budget): boolean {
  const [, , digits = ''] = ROUNDED.exec(decimal) ?? []
  const rounded = parseRational(decimal)
  if (rounded === null || !ROUNDED.test(decimal) || unknownsOf(f).size > 0) return false
  try {
    const at = new Evaluation(new Sample(SAMPLE_KEY, 0), FIRST_PRECISION, budget, new Map())
    const rest = at.difference(at.value(f), at.value({ kind: 'number', value: rounded }))
    const scale = at.value(whole(10n ** BigInt(digits.length)))
    return complex.bitsAbove(at.product(rest, scale).value) <= 0
  } catch (error) {
    if (error instanceof Undecided) return false
    throw error
  }
}
