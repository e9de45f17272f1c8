import { mean, sum } from './averages'

/** A mean with its 95 % confidence interval; a single value has none. */
export interface Estimate {
  readonly mean: number
  readonly interval: readonly [low: number, high: number] | null
  readonly n: number
}

/** With Bessel's correction; NaN below two values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1))
}

/**
 * P(|T| <= t) for Student's t with a whole number of degrees of freedom: the finite sums of Abramowitz and Stegun,
 * Handbook of Mathematical Functions, 26.7.3 and 26.7.4. `angle` is atan(t / sqrt(degrees)).
 */
function centralProbability(angle: number, degrees: number): number {
  const cosine = Math.cos(angle)
  const odd = degrees % 2 === 1
  // The terms after the first: cos^3 · 2/3, cos^5 · 2·4/(3·5) … or cos^2 · 1/2, cos^4 · 1·3/(2·4) …
  let term = odd ? cosine : 1
  let total = degrees === 1 ? 0 : term
  for (let power = odd ? 3 : 2; power <= degrees - 2; power += 2) {
    term *= (cosine * cosine * (power - 1)) / power
    total += term
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * total) : Math.sin(angle) * total
}

/** The t for which |T| <= t with the given probability in (0, 1), to about twelve digits. `degrees` is whole, at least 1. */
export function tQuantile(probability: number, degrees: number): number {
  let low = 0
  let high = Math.PI / 2
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2
    if (centralProbability(middle, degrees) < probability) low = middle
    else high = middle
  }
  return Math.tan((low + high) / 2) * Math.sqrt(degrees)
}

/** The mean and its 95 % t-interval: no interval for one value, null for none. */
export function estimate(values: readonly number[]): Estimate | null {
  const n = values.length
  if (n === 0) return null
  const centre = mean(values)
  if (n === 1) return { mean: centre, interval: null, n }
  const half = (tQuantile(0.95, n - 1) * standardDeviation(values)) / Math.sqrt(n)
  return { mean: centre, interval: [centre - half, centre + half], n }
}
