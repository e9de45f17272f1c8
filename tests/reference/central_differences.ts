/**
 * Returns d f / d x for an f that computes in f32, by the five-point central difference. Its error is of
 * order step^4, so a large step keeps noise of f small. x is restored.
 */
export async function differencesOfF32(x: Float32Array, f: () => Promise<number>): Promise<Float64Array> {
  const step = 0.02
  const gradient = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) {
    const value = x[i]
    const at = (offset: number) => {
      x[i] = value + offset * step
      return f()
    }
    const near = (await at(1)) - (await at(-1))
    const far = (await at(2)) - (await at(-2))
    gradient[i] = (8 * near - far) / (12 * step)
    x[i] = value
  }
  return gradient
}

/** Returns d f / d x for an f that computes in f64, by the two-point central difference. x is restored. */
export function differencesOfF64(x: Float64Array, f: () => number): Float64Array {
  const step = 1e-4
  return x.map((value, i) => {
    x[i] = value + step
    const above = f()
    x[i] = value - step
    const below = f()
    x[i] = value
    return (above - below) / (2 * step)
  })
}

/** |found - wanted| / |wanted|, Euclidean norms. */
export function relativeError(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let difference = 0
  let size = 0
  for (let i = 0; i < wanted.length; i++) {
    difference += (found[i] - wanted[i]) ** 2
    size += wanted[i] ** 2
  }
  return found.length === wanted.length ? Math.sqrt(difference / size) : Number.NaN
}
