import { fixed } from '../format'
import type { StepRange } from '../steps/step_range'
import { StepSlider } from '../steps/step_slider'
import { type StepView, useStepsInView } from '../steps/step_view'
import { Chart } from './chart'
import { type Curves, firstAndLast, indexUpTo, type Line, valueUpTo } from './curves'

interface Props {
  readonly title: string
  /** Level of the title; a panel that is one chart has the chart's title as its own. */
  readonly heading?: 'h2' | 'h3'
  readonly hint: string
  readonly curves: Curves
  readonly lastStep: number
  /** Smallest vertical range, and the grain in which it widens. */
  readonly range: readonly [low: number, high: number]
  readonly grain: number
  /** Digits after the point in legend and description. */
  readonly digits: number
  /** As drawn and as spoken, each with a space before it. */
  readonly unit?: readonly [drawn: string, spoken: string]
  /** Accessible name of the chart; `title` where not given. */
  readonly spoken?: string
  /** The steps that all charts share. */
  readonly view: StepView
}

/** A chart with its title, its legend (the first value and the value at the step in view) and its description in words. */
export function ChartFigure(props: Props) {
  const { title, heading: Heading = 'h3', hint, curves, lastStep, range, grain, digits, view } = props
  const { unit = ['', ''], spoken = title } = props
  const now = useStepsInView(view)
  const all: StepRange = [0, Math.max(1, lastStep)]
  const steps = now.range ?? all
  const known: StepRange | null = curves.x.length === 0 ? null : [curves.x[0], curves.x[curves.x.length - 1]]
  const at = now.pointed ?? now.pinned ?? known?.[1] ?? 0
  // Not every step is tested: the legend names the step of its values.
  const from = curves.x.findLast((step) => step <= at)
  return (
    <figure>
      <figcaption>
        <div class="chart-head">
          <Heading>{title}</Heading>
          <p class="tag chart-step" data-pinned={now.pointed === null && now.pinned !== null}>
            {from === undefined ? 'no value yet' : `step ${from}`}
          </p>
        </div>
        <p class="hint">{hint}</p>
        <Legend curves={curves} step={at} digits={digits} unit={unit[0]} />
      </figcaption>
      <div class="chart-plot">
        <Chart
          curves={curves}
          steps={steps}
          pointed={now.pointed}
          range={range}
          grain={grain}
          unit={unit[0]}
          description={inWords(spoken, curves.lines, digits, unit[1])}
        />
        <StepSlider
          view={view}
          now={now}
          range={steps}
          all={all}
          known={known}
          label={`${spoken}, step by step`}
          valueText={stepInWords(curves, at, now.pinned === at, digits, unit[1])}
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

/** Each line's first value, and its value at the step in view. */
function Legend(props: { curves: Curves; step: number; digits: number; unit: string }) {
  const { curves, step, digits, unit } = props
  const text = (value: number | null | undefined) =>
    typeof value === 'number' ? `${fixed(value, digits)}${unit}` : '–'
  return (
    <ul class="legend">
      {curves.lines.map(({ label, colour, stroke, values }) => {
        const first = values.findIndex((value) => typeof value === 'number')
        const at = indexUpTo(curves.x, values, step) ?? first
        return (
          <li key={label} style={{ '--peer': `var(${colour})` }} data-stroke={stroke}>
            <span class="swatch" aria-hidden="true" />
            {label} <span class="quiet">{at > first ? `${text(values[first])} → ` : ''}</span>
            <strong>{text(values[at])}</strong>
          </li>
        )
      })}
    </ul>
  )
}

function inWords(title: string, lines: readonly Line[], digits: number, unit: string): string {
  const parts = lines.flatMap((line) => {
    const ends = firstAndLast(line)
    if (ends === null) return []
    return `${line.label} from ${fixed(ends.first, digits)} to ${fixed(ends.last, digits)}${unit}`
  })
  return parts.length === 0 ? `${title}: no value yet` : `${title}: ${parts.join('; ')}`
}

function stepInWords(curves: Curves, step: number, pinned: boolean, digits: number, unit: string): string {
  const values = curves.lines.flatMap((line) => {
    const value = valueUpTo(curves, line, step)
    return value === null ? [] : `${line.label} ${fixed(value, digits)}${unit}`
  })
  const what = values.length === 0 ? 'no value yet' : values.join(', ')
  return `step ${step}${pinned ? ', pinned' : ''}: ${what}`
}
