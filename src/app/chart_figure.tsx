import { Chart } from './chart'
import { type Curves, firstAndLast, type Line } from './curves'
import { fixed, signed } from './format'

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
}

/** A chart with its title, its legend (latest value, and change since the first) and its description in words. */
export function ChartFigure(props: Props) {
  const { title, hint, curves, lastStep, range, grain, digits, unit = ['', ''], spoken = title } = props
  return (
    <figure>
      <figcaption>
        <h3>{title}</h3>
        <p class="hint">{hint}</p>
        <Legend lines={curves.lines} digits={digits} unit={unit[0]} />
      </figcaption>
      <Chart
        curves={curves}
        lastStep={lastStep}
        range={range}
        grain={grain}
        unit={unit[0]}
        description={inWords(spoken, curves.lines, digits, unit[1])}
      />
    </figure>
  )
}

function Legend({ lines, digits, unit }: { lines: readonly Line[]; digits: number; unit: string }) {
  return (
    <ul class="legend">
      {lines.map((line) => {
        const ends = firstAndLast(line)
        return (
          <li key={line.label} style={{ '--peer': `var(${line.colour})` }} data-stroke={line.stroke}>
            <span class="swatch" aria-hidden="true" />
            {line.label} <strong>{ends === null ? '–' : `${fixed(ends.last, digits)}${unit}`}</strong>
            <span class="quiet"> {ends === null ? '' : change(ends.last - ends.first, digits)}</span>
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
