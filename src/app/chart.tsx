import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { Curves, Line } from './curves'

interface Props {
  readonly curves: Curves
  /** The horizontal axis runs from 0 to here from the start, so that curves grow into it. */
  readonly lastStep: number
  /** Smallest vertical range; it widens in whole `grain`s to hold the data. */
  readonly range: readonly [low: number, high: number]
  readonly grain: number
  readonly unit: string
  /** What the picture shows, for who cannot see it. */
  readonly description: string
}

const HEIGHT = 200
const DARK = '(prefers-color-scheme: dark)'

/** How lines look: told apart by more than their colour. */
const STROKES: Readonly<Record<Line['stroke'], LineLook>> = {
  solid: { width: 2, point: { size: 6, hollow: false } },
  dashed: { width: 1.25, alpha: 0.75, dash: [4, 4], point: { size: 4, hollow: false } },
  dotted: { width: 2.5, dash: [0, 5], cap: 'round', point: { size: 8, hollow: true } },
}

type LineLook = Pick<uPlot.Series, 'width' | 'alpha' | 'dash' | 'cap'> & {
  readonly point: { readonly size: number; readonly hollow: boolean }
}

/** A streaming line chart. New data is drawn once per animation frame at most. */
export function Chart({ curves, lastStep, range, grain, unit, description }: Props) {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const shown = useRef(curves)
  shown.current = curves
  // A chart is made anew only where its lines, axes or colours change; data alone is set.
  const shape = JSON.stringify([
    curves.lines.map(({ label, colour, stroke }) => [label, colour, stroke]),
    lastStep,
    range,
    grain,
    unit,
  ])

  useEffect(() => {
    const element = holder.current
    if (element === null) return
    const make = () => {
      plot.current?.destroy()
      const options = chartOptions(element, shown.current, lastStep, range, grain, unit)
      plot.current = new uPlot(options, columns(shown.current), element)
    }
    make()
    const scheme = matchMedia(DARK)
    scheme.addEventListener('change', make)
    const sizes = new ResizeObserver(() => {
      if (plot.current !== null && plot.current.width !== element.clientWidth)
        plot.current.setSize({ width: element.clientWidth, height: HEIGHT })
    })
    sizes.observe(element)
    return () => {
      scheme.removeEventListener('change', make)
      sizes.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [shape])

  useEffect(() => {
    const frame = requestAnimationFrame(() => plot.current?.setData(columns(curves)))
    return () => cancelAnimationFrame(frame)
  }, [curves])

  return (
    <div class="chart" ref={holder} role="img" aria-label={description} style={{ height: `${HEIGHT}px` }} />
  )
}

function columns(curves: Curves): uPlot.AlignedData {
  return [[...curves.x], ...curves.lines.map((line) => [...line.values])]
}

function chartOptions(
  element: HTMLElement,
  curves: Curves,
  lastStep: number,
  [low, high]: readonly [number, number],
  grain: number,
  unit: string,
): uPlot.Options {
  const axis = {
    stroke: resolved(element, '--quiet'),
    grid: { stroke: resolved(element, '--line'), width: 1 },
    ticks: { show: false },
    font: `12px ${getComputedStyle(element).fontFamily}`,
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [10, 14, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [0, Math.max(1, lastStep)] },
      y: {
        range: (_, min, max) => [
          Math.min(low, min === null ? low : Math.floor(min / grain) * grain),
          Math.max(high, max === null ? high : Math.ceil(max / grain) * grain),
        ],
      },
    },
    axes: [
      { ...axis, size: 30, space: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] },
      { ...axis, size: 48, space: 32, values: (_, splits) => splits.map((value) => `${value}${unit}`) },
    ],
    series: [
      {},
      ...curves.lines.map(({ label, colour, stroke }): uPlot.Series => {
        const { point, ...drawn } = STROKES[stroke]
        const own = resolved(element, colour)
        return {
          ...drawn,
          label,
          stroke: own,
          points: { size: point.size, fill: point.hollow ? resolved(element, '--card') : own },
        }
      }),
    ],
  }
}

/** The colour behind a custom property as the canvas needs it: with light and dark decided. */
function resolved(element: HTMLElement, property: string): string {
  const before = element.style.color
  element.style.color = `var(${property})`
  const colour = getComputedStyle(element).color
  element.style.color = before
  return colour
}
