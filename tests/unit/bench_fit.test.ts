import { describe, expect, it } from 'vitest'
import { type Fit, growsAsTheMethod, logLogSlope } from '../../src/bench/fit'

describe('exponent of a power law', () => {
  it('is exact, with no error, for exact points', () => {
    const points = [1, 2, 4, 8].map((x) => ({ x, y: 3 * x ** 1.5 }))
    const { exponent, standardError } = logLogSlope(points)
    expect(exponent).toBeCloseTo(1.5, 12)
    expect(standardError).toBeCloseTo(0, 12)
  })

  it('is 0 for constant values', () => {
    expect(logLogSlope([10, 20, 40].map((x) => ({ x, y: 7 }))).exponent).toBeCloseTo(0, 12)
  })

  it('has an error from the scatter', () => {
    // Logarithms to base 2: (0, 0), (1, 2), (2, 1). Slope 1/2 through (1, 1); residuals -1/2, 1, -1/2,
    // squares sum to 3/2 over n - 2 = 1 and a spread of 2: sqrt(3/4). Natural logarithms scale both alike.
    const { exponent, standardError } = logLogSlope([
      { x: 1, y: 1 },
      { x: 2, y: 4 },
      { x: 4, y: 2 },
    ])
    expect(exponent).toBeCloseTo(0.5, 12)
    expect(standardError).toBeCloseTo(Math.sqrt(3) / 2, 12)
  })

  it('counts every sample of a value', () => {
    // (0, 0), (0, 2), (1, 1), (1, 3) to base 2: slope 1, residuals all 1 in size, 4 / 2 over a spread of 1.
    const { exponent, standardError } = logLogSlope([
      { x: 1, y: 1 },
      { x: 1, y: 4 },
      { x: 2, y: 2 },
      { x: 2, y: 8 },
    ])
    expect(exponent).toBeCloseTo(1, 12)
    expect(standardError).toBeCloseTo(Math.SQRT2, 12)
  })
})

describe('growing as the method does', () => {
  const fit = (exponent: number, standardError: number): Fit => ({
    cost: 'update',
    against: 'layers',
    points: [],
    exponent,
    standardError,
    own: 1,
    why: 'linear',
  })

  it('grants two standard errors, and slower growth', () => {
    expect(growsAsTheMethod(fit(1.19, 0.1))).toBe(true)
    expect(growsAsTheMethod(fit(1.21, 0.1))).toBe(false)
    expect(growsAsTheMethod(fit(0.3, 0))).toBe(true)
  })

  it('is not shown by an unknown exponent', () => {
    expect(growsAsTheMethod(fit(Number.NaN, 0))).toBe(false)
  })
})
