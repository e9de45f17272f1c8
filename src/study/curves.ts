import { estimate } from '../report/statistics'
import type { Line, Point } from './line_figure'
import { finalOf } from './measures'
import type { StudyLine, StudyRun } from './results'

/** Places at which curves over tokens are compared: seeds are evaluated at different numbers of them. */
const PLACES = 24

type XY = readonly [x: number, y: number]

/** A curve that is the mean over runs, on the stretch that all of them cover; with intervals where runs are several. */
export function meanCurve(
  runs: readonly StudyRun[],
  x: (line: StudyLine) => number,
  y: (line: StudyLine) => number | null,
): Point[] {
  const paths = runs
    .map(({ lines }) =>
      lines.flatMap((line): XY[] => {
        const value = y(line)
        return value === null ? [] : [[x(line), value]]
      }),
    )
    .filter((path) => path.length > 0)
  if (paths.length === 0) return []
  const end = Math.min(...paths.map((path) => path[path.length - 1][0]))
  // Where all runs were evaluated at the same places, these are shown as they are.
  const own = paths[0].map(([place]) => place).filter((place) => place <= end)
  const alike = paths.every((path) => own.every((place) => path.some(([other]) => other === place)))
  const places = alike ? own : Array.from({ length: PLACES + 1 }, (_, i) => (i / PLACES) * end)
  return places.map((place) =>
    pointOf(
      place,
      paths.map((path) => interpolated(path, place)),
    ),
  )
}

/** A step metric over steps, as the mean over runs. */
export function meanSeries(runs: readonly StudyRun[], metric: string): Point[] {
  const series = runs.flatMap((run) => {
    const values = finalOf(run).series?.[metric]
    return values ? [values] : []
  })
  if (series.length === 0) return []
  const steps = Math.min(...series.map(({ length }) => length))
  return Array.from({ length: steps }, (_, step) => {
    const values = series.map((own) => own[step]).filter((value) => value !== null)
    return values.length === 0 ? [] : [pointOf(step + 1, values)]
  }).flat()
}

export function lineOf(name: string, style: number, points: readonly Point[]): Line[] {
  return points.length === 0 ? [] : [{ name, style, points }]
}

function pointOf(x: number, values: readonly number[]): Point {
  const found = estimate(values)
  return { x, y: found?.mean ?? Number.NaN, interval: found?.interval ?? null }
}

/** On the straight line between the two evaluations around it. */
function interpolated(path: readonly XY[], x: number): number {
  const after = path.findIndex(([place]) => place >= x)
  if (after === -1) return path[path.length - 1][1]
  const [x1, y1] = path[after]
  if (after === 0 || x1 === x) return y1
  const [x0, y0] = path[after - 1]
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0)
}
