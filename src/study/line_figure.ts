import { COLOURS, DASHES, element, FAINT, figure, INK, type Scale, scaleOf, text } from './svg'

export interface Point {
  readonly x: number
  readonly y: number
  /** Drawn as a band around the line. */
  readonly interval: readonly [number, number] | null
}

export interface Line {
  readonly name: string
  /** Which of the colours and dashes. */
  readonly style: number
  readonly points: readonly Point[]
}

export interface Panel {
  readonly title: string
  readonly lines: readonly Line[]
}

export interface LineFigure {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly panels: readonly Panel[]
  formatX(value: number): string
  formatY(value: number): string
}

const PLOT = { width: 250, height: 210, left: 66, top: 66 }
const PANEL_WIDTH = PLOT.left + PLOT.width + 20
const LEGEND_ROW = 18

/** Panels side by side with the same values in height, each with its legend below. */
export function lineFigure(spec: LineFigure): string {
  const panels = spec.panels.filter(({ lines }) => lines.length > 0)
  const points = panels.flatMap(({ lines }) => lines.flatMap((line) => line.points))
  const bottom = PLOT.top + PLOT.height
  const ys = scaleOf(
    points.flatMap(({ y, interval }) => [y, ...(interval ?? [])]),
    bottom,
    PLOT.top,
  )
  const legendRows = Math.max(...panels.map(({ lines }) => lines.length))
  const height = bottom + 52 + legendRows * LEGEND_ROW + 10
  const drawn = panels.map((panel, i) => {
    const left = i * PANEL_WIDTH + PLOT.left
    const places = panel.lines.flatMap((line) => line.points.map(({ x }) => x))
    const x = scaleOf([0, ...places], left, left + PLOT.width, 3)
    return [
      axes(spec, panel.title, x, ys, left, i === 0),
      ...panel.lines.map((line) => curve(line, x, ys)),
      legend(panel.lines, left, bottom + 62),
    ].join('')
  })
  return figure(Math.max(420, panels.length * PANEL_WIDTH), height, spec.title, drawn)
}

function axes(spec: LineFigure, title: string, x: Scale, y: Scale, left: number, labelled: boolean): string {
  const right = left + PLOT.width
  const bottom = PLOT.top + PLOT.height
  const parts = [text(left, PLOT.top - 12, title, { 'font-weight': 600 })]
  for (const tick of y.ticks)
    parts.push(
      element('line', { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: FAINT }),
      text(left - 6, y(tick) + 4, spec.formatY(tick), { 'text-anchor': 'end' }),
    )
  for (const tick of x.ticks)
    parts.push(
      element('line', { x1: x(tick), x2: x(tick), y1: bottom, y2: bottom + 4, stroke: INK }),
      text(x(tick), bottom + 18, spec.formatX(tick), { 'text-anchor': 'middle' }),
    )
  parts.push(
    element('line', { x1: left, x2: right, y1: bottom, y2: bottom, stroke: INK }),
    text(left + PLOT.width / 2, bottom + 38, spec.xLabel, { 'text-anchor': 'middle' }),
  )
  const middle = PLOT.top + PLOT.height / 2
  if (labelled)
    parts.push(
      text(0, 0, spec.yLabel, { transform: `translate(16 ${middle}) rotate(-90)`, 'text-anchor': 'middle' }),
    )
  return parts.join('')
}

function curve({ points, style }: Line, x: Scale, y: Scale): string {
  const colour = COLOURS[style % COLOURS.length]
  const at = (px: number, py: number) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`
  const banded = points.flatMap(({ x: px, interval }) => (interval ? [{ px, interval }] : []))
  const band = [
    ...banded.map(({ px, interval }) => at(px, interval[1])),
    ...banded.toReversed().map(({ px, interval }) => at(px, interval[0])),
  ]
  return [
    ...(banded.length > 1
      ? [element('polygon', { points: band.join(' '), fill: colour, 'fill-opacity': '0.14' })]
      : []),
    element('polyline', {
      points: points.map((point) => at(point.x, point.y)).join(' '),
      fill: 'none',
      stroke: colour,
      'stroke-width': 2,
      'stroke-dasharray': DASHES[style % DASHES.length],
    }),
  ].join('')
}

function legend(lines: readonly Line[], left: number, top: number): string {
  return lines
    .map(({ name, style }, row) => {
      const y = top + row * LEGEND_ROW
      const mark = {
        stroke: COLOURS[style % COLOURS.length],
        'stroke-width': 2.5,
        'stroke-dasharray': DASHES[style % DASHES.length],
      }
      return (
        element('line', { x1: left, x2: left + 34, y1: y - 4, y2: y - 4, ...mark }) + text(left + 42, y, name)
      )
    })
    .join('')
}
