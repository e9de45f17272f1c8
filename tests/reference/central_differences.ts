/**
 * d f / d x by the five-point central difference, whose error is of order step^4: the step can be large
 * enough that f32 noise in f does not matter. x is left as it was.
 */
export async function centralDifferences(
  x: Float32Array | Float64Array,
  f: () => number | Promise<number>,
  step = 0.02,
): Promise<Float64Array> {
  const gradient = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) {
    const value = x[i]
    const at = async (offset: number) => {
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
