import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { fractionOf, type StepRange } from '../steps/step_range'
import { type Curves, columns, indexUpTo, type Line, SCALES, type Scale, verticalRange } from './curves'

interface Props {
  readonly curves: Curves
  /** What the horizontal axis spans, from the start, so that curves grow into it. */
  readonly steps: StepRange
  readonly pointed: number | null
  readonly scale: Scale
  readonly description: string
}

/** Margins of the plot in rem, as in `--plot-*` of steps.css. */
const AROUND = { top: 0.625, right: 1.125, bottom: 1.75, left: 3 }
const DARK = '(prefers-color-scheme: dark)'

/** Looks of lines, which differ by more than their colour. */
const STROKES: Readonly<Record<Line['stroke'], LineLook>> = {
  solid: { width: 2, point: { size: 6, hollow: false } },
  dashed: { width: 1.25, alpha: 0.75, dash: [4, 4], point: { size: 4, hollow: false } },
  dotted: { width: 2.5, dash: [0, 5], cap: 'round', point: { size: 8, hollow: true } },
}

type LineLook = Pick<uPlot.Series, 'width' | 'alpha' | 'dash' | 'cap'> & {
  readonly point: { readonly size: number; readonly hollow: boolean }
}

/** A streaming line chart that fills its box. New data is drawn once per animation frame at most. */
export function Chart({ curves, steps, pointed, scale, description }: Props) {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const shown = useRef({ curves, steps, pointed })
  shown.current = { curves, steps, pointed }
  // Only other lines, axes or colours take another chart; new data is set.
  const shape = JSON.stringify([
    curves.lines.map(({ label, colour, stroke }) => [label, colour, stroke]),
    scale,
  ])

  useEffect(() => {
    const element = holder.current
    if (element === null) return
    let rem = 0
    const make = () => {
      plot.current?.destroy()
      plot.current = null
      // A chart in a hidden tab has no size, and is made when its tab is shown.
      if (element.clientWidth === 0 || element.clientHeight === 0) return
      rem = rootFontSize()
      const options = chartOptions(element, rem, () => shown.current, scale)
      plot.current = new uPlot(options, columns(shown.current.curves, scale), element)
    }
    const scheme = matchMedia(DARK)
    scheme.addEventListener('change', make)
    // The observer reports the first size at once.
    const sizes = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element
      if (plot.current === null || rootFontSize() !== rem) make()
      else if (width > 0 && height > 0) plot.current.setSize({ width, height })
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
      chart?.batch(() => chart.setData(columns(curves, scale)))
      if (chart) placeCursor(chart, pointed, steps)
    })
    return () => cancelAnimationFrame(frame)
  }, [curves, ...steps])

  useEffect(() => {
    const frame = requestAnimationFrame(() => plot.current && placeCursor(plot.current, pointed, steps))
    return () => cancelAnimationFrame(frame)
  }, [pointed])

  return <div class="chart" ref={holder} role="img" aria-label={description} />
}

/** Grows with the viewport's width, and so do the parts of a chart. */
function rootFontSize(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
}

/** A line at the step, and a point on every curve; nothing where the step is out of sight, or null. */
function placeCursor(plot: uPlot, step: number | null, steps: StepRange): void {
  const fraction = step === null ? -1 : fractionOf(step, steps)
  const hidden = fraction < 0 || fraction > 1
  plot.setCursor(hidden ? { left: -1, top: -1 } : { left: fraction * plot.over.clientWidth, top: 0 }, false)
}

function chartOptions(
  element: HTMLElement,
  rem: number,
  shown: () => Pick<Props, 'curves' | 'steps'>,
  scale: Scale,
): uPlot.Options {
  const axis = {
    stroke: resolved(element, '--quiet'),
    grid: { stroke: resolved(element, '--line'), width: 1 },
    ticks: { show: false },
    font: `${0.75 * rem}px ${getComputedStyle(element).fontFamily}`,
  }
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    padding: [AROUND.top * rem, AROUND.right * rem, 0, 0],
    cursor: {
      y: false,
      drag: { x: false, y: false },
      // A curve keeps its latest measured value.
      dataIdx: (_, line, _closest, step) => {
        const { x, lines } = shown().curves
        return line === 0 ? null : indexUpTo(x, lines[line - 1].values, Math.round(step))
      },
    },
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [...shown().steps] },
      y: { range: () => verticalRange(shown().curves, scale) },
    },
    axes: [
      {
        ...axis,
        size: AROUND.bottom * rem,
        space: 3 * rem,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
      },
      {
        ...axis,
        size: AROUND.left * rem,
        space: 2 * rem,
        values: (_, splits) => splits.map((value) => `${value}${SCALES[scale].unit}`),
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
