import { fixed } from '../format'
import { useObserved } from '../observed'
import type { StepRange } from '../steps/step_range'
import { StepSlider } from '../steps/step_slider'
import type { StepView } from '../steps/step_view'
import { Chart } from './chart'
import { type Curves, firstAndLast, indexUpTo, type Line, SCALES, type Scale, valueUpTo } from './curves'

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

interface LegendProps {
  readonly curves: Curves
  readonly step: number
  readonly scale: Scale
}

function Legend({ curves, step, scale }: LegendProps) {
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
