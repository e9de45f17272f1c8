/** From events to the columns that the charts draw. */
import { peerColour } from '../peer_colour'
import type { EvalEvent, StepEvent } from '../state'

/** One line of a chart. */
export interface Line {
  readonly label: string
  /** The CSS custom property that holds its colour. */
  readonly colour: string
  readonly stroke: 'solid' | 'dashed' | 'dotted'
  /** One value per x; null where there is none, undefined where the line is drawn past an x that is another line's. */
  readonly values: readonly (number | null | undefined)[]
}

export interface Curves {
  readonly x: readonly number[]
  readonly lines: readonly Line[]
}

/**
 * Held-out accuracy in percent per peer: alone (solid) and, where it is measured, after discussion (fainter, dashed).
 * @param among peers have their colours by their places in it
 */
export function accuracyCurves(
  evals: readonly EvalEvent[],
  peers: readonly string[],
  discussing: boolean,
  among: readonly string[] = peers,
): Curves {
  const line = (kind: 'solo' | 'idea3', peer: string): Line => ({
    label: !discussing ? peer : kind === 'solo' ? `${peer} alone` : `${peer} discussing`,
    colour: peerColour(among.indexOf(peer)),
    stroke: kind === 'idea3' ? 'dashed' : 'solid',
    values: evals.map((event) => {
      const accuracy = event[kind]?.[peer]
      return accuracy === undefined ? null : accuracy * 100
    }),
  })
  return {
    x: evals.map((event) => event.step),
    lines: [
      ...peers.map((peer) => line('solo', peer)),
      ...(discussing ? peers.map((peer) => line('idea3', peer)) : []),
    ],
  }
}

interface Drawn extends Omit<Line, 'values'> {
  readonly metric: string
}

/** Metrics of the steps; a metric that no step has is left out. */
function metricCurves(steps: readonly StepEvent[], drawn: readonly Drawn[]): Curves {
  const lines = drawn.map(({ metric, ...line }) => ({
    ...line,
    values: steps.map((event) => event.metrics[metric] ?? null),
  }))
  return {
    x: steps.map((event) => event.step),
    lines: lines.filter(({ values }) => steps.length === 0 || values.some((value) => value !== null)),
  }
}

/** Mean reward of the step's rollouts: all peers, and each peer where the run says it. */
export function rewardCurves(steps: readonly StepEvent[], peers: readonly string[]): Curves {
  return metricCurves(steps, [
    ...peers.map(
      (peer, index): Drawn => ({
        label: peer,
        metric: `reward/${peer}`,
        colour: peerColour(index),
        stroke: 'solid',
      }),
    ),
    { label: 'mean', metric: 'reward', colour: '--ink', stroke: 'solid' },
  ])
}

/** Shares of a step's questions: discussed at all, of these together, and judged differently by the peers. */
export function interactionCurves(steps: readonly StepEvent[]): Curves {
  return metricCurves(steps, [
    { label: 'together', metric: 'ilr/cooperation_share', colour: '--together', stroke: 'solid' },
    { label: 'disagreed on', metric: 'ilr/mode_disagreement', colour: '--against', stroke: 'solid' },
    { label: 'discussed', metric: 'ilr/discussed_share', colour: '--quiet', stroke: 'dashed' },
  ])
}

/** What Perception Calibration does: mean change of an advantage, and the share of its terms that were cut. */
export function calibrationCurves(steps: readonly StepEvent[]): Curves {
  return metricCurves(steps, [
    { label: 'shift', metric: 'ilr/calibration_shift', colour: '--ink', stroke: 'solid' },
    { label: 'clipped', metric: 'ilr/calibration_clipped', colour: '--quiet', stroke: 'dashed' },
  ])
}

/** A second run's lines among those of the one in view: dotted, and said to be another run's. Both may have steps of their own. */
export function besideOf(curves: Curves, other: Curves): Curves {
  const x = [...new Set([...curves.x, ...other.x])].sort((a, b) => a - b)
  const lines = ({ x: own, lines }: Curves) =>
    lines.map((line) => {
      const values = new Map(own.map((step, i) => [step, line.values[i]]))
      return { ...line, values: x.map((step) => values.get(step)) }
    })
  return {
    x,
    lines: [
      ...lines(curves),
      ...lines(other).map((line) => ({
        ...line,
        label: `other: ${line.label}`,
        stroke: 'dotted' as const,
      })),
    ],
  }
}

/** What a line says in words: its first and its latest value. */
export function firstAndLast(line: Line): { first: number; last: number } | null {
  const known = line.values.filter((value) => typeof value === 'number')
  const first = known.at(0)
  const last = known.at(-1)
  return first === undefined || last === undefined ? null : { first, last }
}

/** Where a line's latest value at or before a step is among its values; null where it has none so early. */
export function indexUpTo(x: Curves['x'], values: Line['values'], step: number): number | null {
  for (let i = x.length - 1; i >= 0; i--) if (x[i] <= step && typeof values[i] === 'number') return i
  return null
}

/** What a line says at a step: its latest value at or before it. */
export function valueUpTo({ x }: Curves, { values }: Line, step: number): number | null {
  const index = indexUpTo(x, values, step)
  return index === null ? null : (values[index] ?? null)
}
