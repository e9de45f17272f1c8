import { describe, expect, it } from 'vitest'
import { Stream, seedKey } from '../../src/random'
import { type Ball, fromFraction } from '../../src/tasks/formula/ball'
import * as complex from '../../src/tasks/formula/complex'
import * as real from '../../src/tasks/formula/real_functions'

/** 50 digits, from tables. */
const PI = '3.14159265358979323846264338327950288419716939937510'
const E = '2.71828182845904523536028747135266249775724709369995'
const LN_2 = '0.69314718055994530941723212145817656807550013436025'
const COS_1 = '0.54030230586813971740093660744297660373231042061792'
const ARCTAN_2 = '1.10714871779409050301706546017853704007004764540143'

/**
 * Whether each bound of the ball is within 10^-49 of a decimal, and the decimal's neighbours are not outside
 * of it.
 */
function isCloseTo({ mid, radius, exponent }: Ball, decimal: string): boolean {
  const [whole, digits] = decimal.split('.')
  const scale = 10n ** BigInt(digits.length)
  const scaled = (n: bigint) =>
    exponent < 0 ? (n * scale) >> BigInt(-exponent) : (n * scale) << BigInt(exponent)
  const wanted = BigInt(whole + digits)
  return [mid - radius, mid + radius].every((end) => scaled(end) - wanted <= 2n && wanted - scaled(end) <= 2n)
}

/** Whether two balls can hold one number. */
function overlap(a: Ball, b: Ball): boolean {
  const exponent = Math.min(a.exponent, b.exponent)
  const scaled = (n: bigint, of: Ball) => n << BigInt(of.exponent - exponent)
  const apart = scaled(a.mid, a) - scaled(b.mid, b)
  const reach = scaled(a.radius, a) + scaled(b.radius, b)
  return apart <= reach && -apart <= reach
}

const bitsOf = (n: bigint) => n.toString(2).length

describe('functions of intervals', () => {
  const whole = (n: bigint): Ball => ({ mid: n, radius: 0n, exponent: 0 })

  it('match the digits of published tables', () => {
    expect(isCloseTo(real.pi(192), PI)).toBe(true)
    expect(isCloseTo(real.exponential(whole(1n), 192), E)).toBe(true)
    expect(isCloseTo(real.logarithm(whole(2n), 192), LN_2)).toBe(true)
    expect(isCloseTo(real.sineAndCosine(whole(1n), 192).cosine, COS_1)).toBe(true)
    expect(isCloseTo(real.arctangent(whole(2n), 192), ARCTAN_2)).toBe(true)
  })

  it('are narrow, and contain the values of higher precision', () => {
    const stream = new Stream(seedKey(16))
    const functions: readonly ((x: Ball, precision: number) => Ball)[] = [
      real.exponential,
      (x, precision) => real.logarithm({ ...x, mid: x.mid < 0n ? -x.mid : x.mid }, precision),
      (x, precision) => real.sineAndCosine(x, precision).sine,
      (x, precision) => real.sineAndCosine(x, precision).cosine,
      real.arctangent,
      (x, precision) => complex.root({ re: x, im: fromFraction(1n, 3n, precision) }, 3, precision).im,
      (x, precision) => complex.power(complex.fromReal(x), complex.I, precision).re,
    ]
    for (let round = 0; round < 100; round++) {
      const [above, below] = [
        BigInt(stream.int(-99999, 99999)),
        BigInt(stream.int(1, 10 ** stream.int(1, 6))),
      ]
      if (above === 0n || (above < 0n ? -above : above) > 9999n * below) continue
      for (const [i, each] of functions.entries()) {
        const [coarse, fine] = [192, 900].map((precision) =>
          each(fromFraction(above, below, precision), precision),
        )
        const place = `function ${i} of ${above}/${below}`
        expect(overlap(coarse, fine), place).toBe(true)
        expect(bitsOf(coarse.mid) - bitsOf(coarse.radius), place).toBeGreaterThan(120)
      }
    }
  })
})
