/** From events to the columns that the charts draw. */
import type { EvalEvent, StepEvent } from './state'

/** One line of a chart; `peer` picks the colour, null is the mean of all. */
export interface Line {
  readonly label: string
  readonly peer: number | null
  readonly dashed: boolean
  /** One value per x; null where there is none. */
  readonly values: readonly (number | null)[]
}

export interface Curves {
  readonly x: readonly number[]
  readonly lines: readonly Line[]
}

/** Held-out accuracy in percent: alone (solid) and, fainter, after discussion (dashed), per peer. */
export function accuracyCurves(evals: readonly EvalEvent[], peers: readonly string[]): Curves {
  const line = (kind: 'solo' | 'idea3', peer: string, index: number): Line => ({
    label: kind === 'solo' ? `${peer} alone` : `${peer} discussing`,
    peer: index,
    dashed: kind === 'idea3',
    values: evals.map((event) => (peer in event[kind] ? event[kind][peer] * 100 : null)),
  })
  return {
    x: evals.map((event) => event.step),
    lines: [
      ...peers.map((peer, index) => line('solo', peer, index)),
      ...peers.map((peer, index) => line('idea3', peer, index)),
    ],
  }
}

/** Mean reward of the step's rollouts: all peers, and each peer where the run says it. */
export function rewardCurves(steps: readonly StepEvent[], peers: readonly string[]): Curves {
  const line = (label: string, metric: string, peer: number | null): Line => ({
    label,
    peer,
    dashed: false,
    values: steps.map((event) => event.metrics[metric] ?? null),
  })
  const lines = [
    ...peers.map((peer, index) => line(peer, `reward/${peer}`, index)),
    line('mean', 'reward', null),
  ]
  return {
    x: steps.map((event) => event.step),
    lines: lines.filter((l) => steps.length === 0 || l.values.some((value) => value !== null)),
  }
}

/** What a line says in words: its first and its latest value. */
export function firstAndLast(line: Line): { first: number; last: number } | null {
  const known = line.values.filter((value) => value !== null)
  const first = known.at(0)
  const last = known.at(-1)
  return first === undefined || last === undefined ? null : { first, last }
}
