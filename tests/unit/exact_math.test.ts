import { describe, expect, test } from 'vitest'
import { cos, exp, log, powerOfTwo, sin } from '../../src/exact_math'
import { Stream } from '../../src/random'
import { preciseCos, preciseExp, preciseLog, preciseSin, ulps } from '../reference/precise'

/** Returns a function's largest error over arguments, in ulp. */
function worst(
  found: (x: number) => number,
  precise: (x: number) => bigint | { mantissa: bigint; exponent: number },
  count: number,
  argument: (uniform: number) => number,
): number {
  const stream = new Stream([0x65786163, count])
  let largest = 0
  for (let i = 0; i < count; i++) {
    const x = argument(stream.uniform())
    const wanted = precise(x)
    const error =
      typeof wanted === 'bigint' ? ulps(found(x), wanted) : ulps(found(x), wanted.mantissa, wanted.exponent)
    largest = Math.max(largest, error)
  }
  return largest
}

const between = (low: number, high: number) => (u: number) => low + u * (high - low)

describe('within one unit in the last place', () => {
  test.each([
    ['exp of all it is finite for', exp, preciseExp, 2000, between(-745, 709.78)],
    ['exp near 0', exp, preciseExp, 1000, between(-1, 1)],
    ['log near 1', log, preciseLog, 200, between(0.999, 1.001)],
    ['log of uniforms', log, preciseLog, 200, between(0, 4)],
    ['log of all magnitudes', log, preciseLog, 200, (u: number) => exp(between(-744, 709)(u))],
    ['sin of the first turns', sin, preciseSin, 1000, between(-10, 10)],
    ['cos of the first turns', cos, preciseCos, 1000, between(-10, 10)],
    ['sin of positions', sin, preciseSin, 1000, between(0, 2 ** 20)],
    ['cos of positions', cos, preciseCos, 1000, between(0, 2 ** 20)],
    // Arguments that reduce to almost nothing.
    ['sin at whole half turns', sin, preciseSin, 500, (u: number) => Math.PI * Math.round(u * 3e5)],
    ['cos between them', cos, preciseCos, 500, (u: number) => Math.PI * (Math.round(u * 3e5) + 0.5)],
  ] as const)('%s', (_, found, precise, count, argument) => {
    const error = worst(found, precise, count, argument)
    expect(error).toBeLessThan(1)
    // An error of 0 would mean that nothing was measured.
    expect(error).toBeGreaterThan(0.3)
  })
})

test('special values', () => {
  expect([exp(0), exp(710), exp(-746), exp(-Infinity), exp(Infinity), exp(Number.NaN)]).toEqual([
    1,
    Number.POSITIVE_INFINITY,
    0,
    0,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ])
  expect(exp(-745)).toBe(5e-324)
  expect([log(1), log(0), log(-1), log(Infinity), log(Number.NaN)]).toEqual([
    0,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ])
  expect([sin(0), cos(0), cos(Math.PI), sin(Math.PI / 2), sin(-Math.PI / 2)]).toEqual([0, 1, -1, 1, -1])
  expect([sin(Number.NaN), cos(Number.NaN)]).toEqual([Number.NaN, Number.NaN])
  for (const far of [2e6, -2e6, Infinity]) expect(() => cos(far)).toThrow(RangeError)
})

test('powers of two are exact', () => {
  let power = 1
  for (let k = 0; k <= 1023; k++) {
    expect(powerOfTwo(k)).toBe(power)
    if (k <= 1022) expect(powerOfTwo(-k)).toBe(1 / power)
    power *= 2
  }
})
