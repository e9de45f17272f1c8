import { sum } from '../report/averages'
import { COLOURS, element, FAINT, figure, INK, scaleOf, text } from './svg'

export interface Bar {
  readonly name: string
  /** Stacked from left to right, in the order of the figure's parts. */
  readonly values: readonly number[]
  /** Of the whole bar. */
  readonly interval: readonly [number, number] | null
  /** Written behind the bar. */
  readonly note: string
}

export interface BarFigure {
  readonly title: string
  readonly xLabel: string
  /** Names of what bars are stacked from; a single one needs no legend. */
  readonly parts: readonly string[]
  readonly bars: readonly Bar[]
  format(value: number): string
}

const PLOT = { left: 160, width: 440, top: 48 }
const NOTE_WIDTH = 130
const ROW = 28
const LEGEND_WIDTH = 150

/** Horizontal bars, so that names of any length stand beside them. */
export function barFigure({ title, xLabel, parts, bars, format }: BarFigure): string {
  const bottom = PLOT.top + bars.length * ROW + 6
  const totals = bars.map(({ values }) => sum(values))
  const ends = bars.flatMap(({ interval }) => interval ?? [])
  const x = scaleOf([0, ...totals, ...ends], PLOT.left, PLOT.left + PLOT.width)
  const drawn: string[] = []
  for (const tick of x.ticks)
    drawn.push(
      element('line', { x1: x(tick), x2: x(tick), y1: PLOT.top, y2: bottom, stroke: FAINT }),
      text(x(tick), bottom + 18, format(tick), { 'text-anchor': 'middle' }),
    )
  bars.forEach(({ name, values, interval, note }, row) => {
    const y = PLOT.top + row * ROW + 6
    const middle = y + ROW / 2 - 4
    let before = 0
    drawn.push(text(PLOT.left - 8, middle + 4, name, { 'text-anchor': 'end' }))
    values.forEach((value, part) => {
      const [start, end] = [x(before), x(before + value)]
      // A single part has one colour for all bars: their names tell them apart.
      drawn.push(
        element('rect', {
          x: Math.min(start, end),
          y,
          width: Math.abs(end - start),
          height: ROW - 8,
          fill: COLOURS[part % COLOURS.length],
        }),
      )
      before += value
    })
    if (interval) {
      const [low, high] = [x(interval[0]), x(interval[1])]
      const stroke = { stroke: INK, 'stroke-width': 1.5 }
      drawn.push(
        element('line', { x1: low, x2: high, y1: middle, y2: middle, ...stroke }),
        ...[low, high].map((end) =>
          element('line', { x1: end, x2: end, y1: middle - 4, y2: middle + 4, ...stroke }),
        ),
      )
    }
    const end = Math.max(x(totals[row]), x(0), ...(interval ?? []).map(x))
    drawn.push(text(end + 8, middle + 4, note))
  })
  drawn.push(
    element('line', { x1: x(0), x2: x(0), y1: PLOT.top, y2: bottom, stroke: INK }),
    text(PLOT.left + PLOT.width / 2, bottom + 38, xLabel, { 'text-anchor': 'middle' }),
  )
  const legendTop = bottom + 62
  if (parts.length > 1)
    parts.forEach((part, i) => {
      const left = 16 + i * LEGEND_WIDTH
      drawn.push(
        element('rect', {
          x: left,
          y: legendTop - 10,
          width: 12,
          height: 12,
          fill: COLOURS[i % COLOURS.length],
        }),
        text(left + 18, legendTop, part),
      )
    })
  const width = Math.max(PLOT.left + PLOT.width + NOTE_WIDTH, 16 + parts.length * LEGEND_WIDTH)
  return figure(width, parts.length > 1 ? legendTop + 16 : bottom + 52, title, drawn)
}
