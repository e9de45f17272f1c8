import { useMemo } from 'preact/hooks'
import { Chart } from './chart'
import { accuracyCurves, firstAndLast, type Line, rewardCurves } from './curves'
import { fixed, signed } from './format'
import { peerColour } from './peer_colour'
import type { EvalEvent, StepEvent } from './state'

interface Props {
  readonly evals: readonly EvalEvent[]
  readonly steps: readonly StepEvent[]
  readonly peers: readonly string[]
  readonly lastStep: number
  /** Held-out questions per evaluation. */
  readonly evalSize: number
}

export function CurvesPanel({ evals, steps, peers, lastStep, evalSize }: Props) {
  const accuracy = useMemo(() => accuracyCurves(evals, peers), [evals, peers])
  const reward = useMemo(() => rewardCurves(steps, peers), [steps, peers])
  return (
    <section class="card curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Are they learning?</h2>
      <figure>
        <figcaption>
          <h3>Accuracy on held-out questions</h3>
          <p class="hint">{evalSize} questions never trained on; solid: alone, dashed: after a discussion</p>
          <Legend lines={accuracy.lines} digits={0} unit=" %" />
        </figcaption>
        <Chart
          curves={accuracy}
          lastStep={lastStep}
          range={[0, 100]}
          grain={10}
          unit=" %"
          description={inWords('Held-out accuracy', accuracy.lines, 0, ' percent')}
        />
      </figure>
      <figure>
        <figcaption>
          <h3>Reward</h3>
          <p class="hint">mean over the rollouts of each step</p>
          <Legend lines={reward.lines} digits={2} unit="" />
        </figcaption>
        <Chart
          curves={reward}
          lastStep={lastStep}
          range={[0, 1]}
          grain={0.2}
          unit=""
          description={inWords('Mean reward', reward.lines, 2, '')}
        />
      </figure>
    </section>
  )
}

function Legend({ lines, digits, unit }: { lines: readonly Line[]; digits: number; unit: string }) {
  return (
    <ul class="legend">
      {lines.map((line) => {
        const ends = firstAndLast(line)
        return (
          <li
            key={line.label}
            style={{ '--peer': `var(${peerColour(line.peer)})` }}
            data-dashed={line.dashed}
          >
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
