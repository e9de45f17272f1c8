import { useMemo } from 'preact/hooks'
import { compact } from '../format'
import { fractionOf, type StepRange } from '../steps/step_range'
import { apart, type Curves, indexUpTo, SCALES, type Scale, ticks, verticalRange } from './curves'

interface Props {
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

/**
 * A line chart that fills its box. The picture is stretched to the box, so places are in percent; widths of lines are not
 * stretched, and labels are no part of the picture.
 */
export function Chart({ curves, steps, pointed, scale, description }: Props) {
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
