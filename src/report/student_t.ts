/** Quantiles of Student's t and tails of the normal distribution. */

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

/** P(Z > z) of a standard normal Z for z >= 0, to within 7.5e-8: Abramowitz and Stegun, 26.2.17. */
export function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}
