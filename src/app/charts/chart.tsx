import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { fractionOf, type StepRange } from '../steps/step_range'
import { type Curves, indexUpTo, type Line } from './curves'

interface Props {
  readonly curves: Curves
  /** What the horizontal axis spans, from the start, so that curves grow into it. */
  readonly steps: StepRange
  /** The step that is pointed at, here or in another chart. */
  readonly pointed: number | null
  /** Smallest vertical range; it widens in whole `grain`s to hold the data. */
  readonly range: readonly [low: number, high: number]
  readonly grain: number
  readonly unit: string
  /** What the picture shows, for who cannot see it. */
  readonly description: string
}

const HEIGHT = 200
/** What lies around the plot, in pixels; `--plot-*` in steps.css says the same. */
const AROUND = { top: 10, right: 14, bottom: 30, left: 48 }
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
export function Chart({ curves, steps, pointed, range, grain, unit, description }: Props) {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const shown = useRef({ curves, steps, pointed })
  shown.current = { curves, steps, pointed }
  // A chart is made anew only where its lines, axes or colours change; data alone is set.
  const shape = JSON.stringify([
    curves.lines.map(({ label, colour, stroke }) => [label, colour, stroke]),
    range,
    grain,
    unit,
  ])

  useEffect(() => {
    const element = holder.current
    if (element === null) return
    const make = () => {
      plot.current?.destroy()
      const options = chartOptions(element, () => shown.current, range, grain, unit)
      plot.current = new uPlot(options, columns(shown.current.curves), element)
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
    const frame = requestAnimationFrame(() => {
      const chart = plot.current
      // At once, since the cursor's place follows from the new axis.
      chart?.batch(() => chart.setData(columns(curves)))
      if (chart) placeCursor(chart, pointed, steps)
    })
    return () => cancelAnimationFrame(frame)
  }, [curves, ...steps])

  useEffect(() => {
    const frame = requestAnimationFrame(() => plot.current && placeCursor(plot.current, pointed, steps))
    return () => cancelAnimationFrame(frame)
  }, [pointed])

  return (
    <div class="chart" ref={holder} role="img" aria-label={description} style={{ height: `${HEIGHT}px` }} />
  )
}

/** A line at the step, and a point on every curve; nothing where the step is out of sight, or null. */
function placeCursor(plot: uPlot, step: number | null, steps: StepRange): void {
  const fraction = step === null ? -1 : fractionOf(step, steps)
  const hidden = fraction < 0 || fraction > 1
  plot.setCursor(hidden ? { left: -1, top: -1 } : { left: fraction * plot.over.clientWidth, top: 0 }, false)
}

function columns(curves: Curves): uPlot.AlignedData {
  return [[...curves.x], ...curves.lines.map((line) => [...line.values])]
}

function chartOptions(
  element: HTMLElement,
  shown: () => Pick<Props, 'curves' | 'steps'>,
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
    padding: [AROUND.top, AROUND.right, 0, 0],
    cursor: {
      y: false,
      drag: { x: false, y: false },
      // A curve stands where it was last measured.
      dataIdx: (_, line, _closest, step) => {
        const { x, lines } = shown().curves
        return line === 0 ? null : indexUpTo(x, lines[line - 1].values, Math.round(step))
      },
    },
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [...shown().steps] },
      y: {
        range: (_, min, max) => [
          Math.min(low, min === null ? low : Math.floor(min / grain) * grain),
          Math.max(high, max === null ? high : Math.ceil(max / grain) * grain),
        ],
      },
    },
    axes: [
      {
        ...axis,
        size: AROUND.bottom,
        space: 48,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
      },
      {
        ...axis,
        size: AROUND.left,
        space: 32,
        values: (_, splits) => splits.map((value) => `${value}${unit}`),
      },
    ],
    series: [
      {},
      ...shown().curves.lines.map(({ label, colour, stroke }): uPlot.Series => {
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
