import { useMemo } from 'preact/hooks'
import { compact, fixed } from '../format'
import { useObserved } from '../observed'
import { fractionOf, type StepRange } from '../steps/step_range'
import { StepSlider } from '../steps/step_slider'
import type { StepView } from '../steps/step_view'
import {
  apart,
  type Curves,
  firstAndLast,
  indexUpTo,
  type Line,
  SCALES,
  type Scale,
  ticks,
  valueUpTo,
  verticalRange,
} from './curves'

interface Props {
  readonly title: string
  /** Level of the title; a panel that is one chart has the chart's title as its own. */
  readonly heading?: 'h2' | 'h3'
  readonly hint: string
  readonly curves: Curves
  readonly lastStep: number
  readonly scale?: Scale
  /** Accessible name of the chart; `title` where not given. */
  readonly spoken?: string
  readonly view: StepView
}

/** A chart with its title, its legend (the first value and the value at the step in view) and its description in words. */
export function ChartFigure(props: Props) {
  const { title, heading: Heading = 'h3', hint, curves, lastStep, scale = 'share', view } = props
  const { spoken = title } = props
  const now = useObserved(view)
  const all: StepRange = [0, Math.max(1, lastStep)]
  const steps = now.range ?? all
  const known: StepRange | null = curves.x.length === 0 ? null : [curves.x[0], curves.x[curves.x.length - 1]]
  const at = now.pointed ?? now.pinned ?? known?.[1] ?? 0
  // Not every step is tested: the legend names the step of its values.
  const from = curves.x.findLast((step) => step <= at)
  return (
    <figure>
      <figcaption>
        <div class="row apart">
          <Heading>{title}</Heading>
          <p class="tag chart-step" data-pinned={now.pointed === null && now.pinned !== null}>
            {from === undefined ? 'no value yet' : `step ${from}`}
          </p>
        </div>
        <p class="hint">{hint}</p>
        <Legend curves={curves} step={at} scale={scale} />
      </figcaption>
      <div class="chart-plot">
        <Chart
          curves={curves}
          steps={steps}
          pointed={now.pointed}
          scale={scale}
          description={`${spoken}: ${inWords(curves.lines, scale)}`}
        />
        <StepSlider
          view={view}
          now={now}
          range={steps}
          all={all}
          known={known}
          label={`${spoken}, step by step`}
          valueText={`step ${at}${now.pinned === at ? ', pinned' : ''}: ${stepInWords(curves, at, scale)}`}
        />
        {now.range === null ? null : (
          <button type="button" class="button button-small chart-all" onClick={() => view.zoom(null)}>
            All steps
          </button>
        )}
      </div>
    </figure>
  )
}

function Legend({ curves, step, scale }: { curves: Curves; step: number; scale: Scale }) {
  const { digits, unit } = SCALES[scale]
  const text = (value: number | null | undefined) =>
    typeof value === 'number' ? `${fixed(value, digits)}${unit}` : '–'
  return (
    <ul class="columns legend">
      {curves.lines.map(({ label, colour, stroke, values }) => {
        const first = values.findIndex((value) => typeof value === 'number')
        const at = indexUpTo(curves.x, values, step) ?? first
        return (
          <li key={label} style={{ '--peer': `var(${colour})` }} data-stroke={stroke}>
            <span class="swatch" style={{ borderTopStyle: stroke }} aria-hidden="true" />
            {label} <span class="quiet">{at > first ? `${text(values[first])} → ` : ''}</span>
            <strong>{text(values[at])}</strong>
          </li>
        )
      })}
    </ul>
  )
}

function inWords(lines: readonly Line[], scale: Scale): string {
  const { digits, spoken } = SCALES[scale]
  const parts = lines.flatMap((line) => {
    const ends = firstAndLast(line)
    return ends === null
      ? []
      : `${line.label} from ${fixed(ends.first, digits)} to ${fixed(ends.last, digits)}${spoken}`
  })
  return parts.join('; ') || 'no value yet'
}

function stepInWords(curves: Curves, step: number, scale: Scale): string {
  const { digits, spoken } = SCALES[scale]
  const values = curves.lines.flatMap((line) => {
    const value = valueUpTo(curves, line, step)
    return value === null ? [] : `${line.label} ${fixed(value, digits)}${spoken}`
  })
  return values.join(', ') || 'no value yet'
}

interface ChartProps {
  readonly curves: Curves
  /** What the horizontal axis spans, from the start, so that curves grow into it. */
  readonly steps: StepRange
  readonly pointed: number | null
  readonly scale: Scale
  readonly description: string
}

/** With more values in sight only the line is drawn. */
const MOST_POINTS = 40
const MOST_TICKS = 8

/** The picture is stretched to its box, so places are in percent, lines keep their width, and labels lie outside. */
function Chart({ curves, steps, pointed, scale, description }: ChartProps) {
  const { x, lines } = curves
  const [low, high] = verticalRange(curves, scale)
  const across = (step: number) => round(100 * fractionOf(step, steps))
  const down = (value: number) => round((100 * (high - value)) / (high - low))
  const drawn = useMemo(() => apart(lines, scale), [lines, scale])
  const showsPoints = x.filter((step) => step >= steps[0] && step <= steps[1]).length <= MOST_POINTS
  const pictures = useMemo(
    () =>
      drawn.map((values, index) => {
        let line = ''
        let points = ''
        for (const [i, value] of values.entries()) {
          // A gap lifts the pen, and a value that only another line has does not.
          if (value === null) line += ' '
          if (typeof value !== 'number') continue
          const place = `${across(x[i])} ${down(value)}`
          line += `${line === '' || line.endsWith(' ') ? 'M' : 'L'}${place}`
          points += `M${place}h0.01`
        }
        const { label, colour, stroke } = lines[index]
        return (
          <g key={label} style={{ '--peer': `var(${colour})` }} data-stroke={stroke}>
            <path class="line" d={line} />
            {showsPoints ? <path class="points" d={points} /> : null}
            {showsPoints && stroke === 'dotted' ? <path class="hollow" d={points} /> : null}
          </g>
        )
      }),
    [drawn, ...steps, low, high, showsPoints],
  )
  const vertical = ticks([low, high], MOST_TICKS, scale)
  const horizontal = ticks(steps, MOST_TICKS)
  const grid = [
    ...vertical.map((value) => `M0 ${down(value)}H100`),
    ...horizontal.map((step) => `M${across(step)} 0V100`),
  ]
  return (
    <div class="chart" role="img" aria-label={description}>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        <path class="grid" d={grid.join('')} />
        {pictures}
        {pointed === null ? null : <path class="cursor" d={`M${across(pointed)} 0V100`} />}
        {lines.map(({ label, colour, values }, index) => {
          const at = pointed === null ? null : indexUpTo(x, values, pointed)
          const value = at === null ? null : drawn[index][at]
          return at === null || typeof value !== 'number' ? null : (
            <path
              key={label}
              class="pointed"
              style={{ '--peer': `var(${colour})` }}
              d={`M${across(x[at])} ${down(value)}h0.01`}
            />
          )
        })}
      </svg>
      {vertical.map((value) => (
        <span key={value} class="tick-value" style={{ top: `${down(value)}%` }}>
          {compact(value)}
          {SCALES[scale].unit}
        </span>
      ))}
      {horizontal.map((step) => (
        <span key={step} class="tick-step" style={{ left: `${across(step)}%` }}>
          {step}
        </span>
      ))}
    </div>
  )
}

/** Short numbers: paths of long runs have thousands. */
function round(percent: number): number {
  return Math.round(percent * 100) / 100
}
