/** From events to the columns that the charts draw. */
import { peerColour } from './peer_colour'
import type { EvalEvent, StepEvent } from './state'

/** One line of a chart. */
export interface Line {
  readonly label: string
  /** The CSS custom property that holds its colour. */
  readonly colour: string
  readonly dashed: boolean
  /** One value per x; null where there is none. */
  readonly values: readonly (number | null)[]
}

export interface Curves {
  readonly x: readonly number[]
  readonly lines: readonly Line[]
}

/** Held-out accuracy in percent per peer: alone (solid) and, where it is measured, after discussion (fainter, dashed). */
export function accuracyCurves(
  evals: readonly EvalEvent[],
  peers: readonly string[],
  discussing: boolean,
): Curves {
  const line = (kind: 'solo' | 'idea3', peer: string, index: number): Line => ({
    label: kind === 'solo' ? `${peer} alone` : `${peer} discussing`,
    colour: peerColour(index),
    dashed: kind === 'idea3',
    values: evals.map((event) => {
      const accuracy = event[kind]?.[peer]
      return accuracy === undefined ? null : accuracy * 100
    }),
  })
  return {
    x: evals.map((event) => event.step),
    lines: [
      ...peers.map((peer, index) => line('solo', peer, index)),
      ...(discussing ? peers.map((peer, index) => line('idea3', peer, index)) : []),
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
    ...peers.map((peer, index) => ({
      label: peer,
      metric: `reward/${peer}`,
      colour: peerColour(index),
      dashed: false,
    })),
    { label: 'mean', metric: 'reward', colour: '--ink', dashed: false },
  ])
}

/** Shares of a step's questions: discussed at all, of these together, and judged differently by the peers. */
export function interactionCurves(steps: readonly StepEvent[]): Curves {
  return metricCurves(steps, [
    { label: 'together', metric: 'ilr/cooperation_share', colour: '--together', dashed: false },
    { label: 'disagreed on', metric: 'ilr/mode_disagreement', colour: '--against', dashed: false },
    { label: 'discussed', metric: 'ilr/discussed_share', colour: '--quiet', dashed: true },
  ])
}

/** What Perception Calibration does: mean change of an advantage, and the share of its terms that were cut. */
export function calibrationCurves(steps: readonly StepEvent[]): Curves {
  return metricCurves(steps, [
    { label: 'shift', metric: 'ilr/calibration_shift', colour: '--ink', dashed: false },
    { label: 'clipped', metric: 'ilr/calibration_clipped', colour: '--quiet', dashed: true },
  ])
}

/** What a line says in words: its first and its latest value. */
export function firstAndLast(line: Line): { first: number; last: number } | null {
  const known = line.values.filter((value) => value !== null)
  const first = known.at(0)
  const last = known.at(-1)
  return first === undefined || last === undefined ? null : { first, last }
}
