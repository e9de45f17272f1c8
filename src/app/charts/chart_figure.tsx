import { fixed, signed } from '../format'
import type { StepRange } from '../steps/step_range'
import { StepSlider } from '../steps/step_slider'
import type { StepView } from '../steps/step_view'
import { useStepsInView } from '../steps/use_steps_in_view'
import { Chart } from './chart'
import { type Curves, firstAndLast, type Line, valueUpTo } from './curves'

interface Props {
  readonly title: string
  readonly hint: string
  readonly curves: Curves
  readonly lastStep: number
  /** Smallest vertical range, and the grain in which it widens. */
  readonly range: readonly [low: number, high: number]
  readonly grain: number
  /** Digits after the point in legend and description. */
  readonly digits: number
  /** As drawn, and as spoken; both begin with a space where there is one. */
  readonly unit?: readonly [drawn: string, spoken: string]
  /** What the chart is called where it is read out; `title` where not given. */
  readonly spoken?: string
  /** What it has in common with the other charts. */
  readonly view: StepView
}

/** A chart with its title, its legend (the value at the step that is looked at, and its change since the first) and its description in words. */
export function ChartFigure(props: Props) {
  const { title, hint, curves, lastStep, range, grain, digits, unit = ['', ''], spoken = title, view } = props
  const now = useStepsInView(view)
  const all: StepRange = [0, Math.max(1, lastStep)]
  const steps = now.range ?? all
  const known: StepRange | null = curves.x.length === 0 ? null : [curves.x[0], curves.x[curves.x.length - 1]]
  const at = now.pointed ?? now.pinned ?? known?.[1] ?? 0
  // Tests are fewer than steps: the legend says of which step its values are.
  const from = curves.x.findLast((step) => step <= at)
  return (
    <figure>
      <figcaption>
        <div class="chart-head">
          <h3>{title}</h3>
          <p class="tag chart-step" data-pinned={now.pointed === null && now.pinned !== null}>
            step {from ?? '–'}
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
          <button type="button" class="button chart-all" onClick={() => view.zoom(null)}>
            All steps
          </button>
        )}
      </div>
    </figure>
  )
}

function Legend(props: { curves: Curves; step: number; digits: number; unit: string }) {
  const { curves, step, digits, unit } = props
  return (
    <ul class="legend">
      {curves.lines.map((line) => {
        const first = firstAndLast(line)?.first ?? null
        const value = valueUpTo(curves, line, step)
        return (
          <li key={line.label} style={{ '--peer': `var(${line.colour})` }} data-stroke={line.stroke}>
            <span class="swatch" aria-hidden="true" />
            {line.label} <strong>{value === null ? '–' : `${fixed(value, digits)}${unit}`}</strong>
            <span class="quiet">
              {' '}
              {value === null || first === null ? '' : change(value - first, digits)}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

/** The difference since the first value; nothing where it rounds to nothing. */
function change(difference: number, digits: number): string {
  const text = signed(difference, digits)
  return Number.parseFloat(text) === 0 ? '' : text
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
