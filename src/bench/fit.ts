/** How cost grows: the exponent of a power law, by least squares through the logarithms. */

export interface Fit {
  /** What was timed, e.g. `update`. */
  readonly cost: string
  /** What was varied, e.g. `tokens of a sequence`, and what was kept. */
  readonly against: string
  readonly points: readonly { readonly x: number; readonly seconds: readonly number[] }[]
  readonly exponent: number
  /** Of the exponent; from the scatter around the line. */
  readonly standardError: number
  /** The exponent of the method itself for large values, and why. */
  readonly own: number
  readonly why: string
}

/** Slope of log y over log x with its standard error; at least two different x and three points. */
export function logLogSlope(points: readonly { readonly x: number; readonly y: number }[]): {
  exponent: number
  standardError: number
} {
  const n = points.length
  const logs = points.map(({ x, y }) => ({ u: Math.log(x), v: Math.log(y) }))
  const mean = (value: (point: (typeof logs)[number]) => number) =>
    logs.reduce((sum, point) => sum + value(point), 0) / n
  const [u, v] = [mean((point) => point.u), mean((point) => point.v)]
  const spread = logs.reduce((sum, point) => sum + (point.u - u) ** 2, 0)
  const exponent = logs.reduce((sum, point) => sum + (point.u - u) * (point.v - v), 0) / spread
  const residual = logs.reduce((sum, point) => sum + (point.v - v - exponent * (point.u - u)) ** 2, 0)
  return { exponent, standardError: Math.sqrt(residual / (n - 2) / spread) }
}

/** Whether cost grows no faster than the method's own, two standard errors granted. */
export function growsAsTheMethod({ exponent, standardError, own }: Fit): boolean {
  return exponent <= own + 2 * standardError
}

/** A fit through samples of each value. */
export function fitOf(
  what: Pick<Fit, 'cost' | 'against' | 'own' | 'why'>,
  values: readonly number[],
  samples: readonly (readonly number[])[],
): Fit {
  const points = values.map((x, i) => ({ x, seconds: samples[i] }))
  const flat = points.flatMap(({ x, seconds }) => seconds.map((y) => ({ x, y })))
  return { ...what, points, ...logLogSlope(flat) }
}
