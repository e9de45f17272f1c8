import { expect } from 'vitest'

/** Fails, naming the worst element, where any |found - wanted| > tolerance * max(1, |wanted|). */
export function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(wanted.length)
  let worst = 0
  let at = 0
  for (let i = 0; i < wanted.length; i++) {
    const gap = Math.abs(found[i] - wanted[i]) / Math.max(1, Math.abs(wanted[i]))
    if (gap <= worst) continue
    // A NaN is not <= anything, so it ends up here and stays the worst.
    worst = gap
    at = i
    if (Number.isNaN(gap)) break
  }
  if (!(worst <= tolerance))
    expect.fail(`element ${at}: found ${found[at]}, wanted ${wanted[at]}, off by ${worst} > ${tolerance}`)
}
