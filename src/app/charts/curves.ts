/** From events to the columns that the charts draw. */
import { trainedStages } from '../../ilr/sequences'
import type { RunConfig } from '../../runs/config'
import { peerColour } from '../peer_colour'
import type { EvalEvent, StepEvent } from '../state'

/** One line of a chart. */
export interface Line {
  readonly label: string
  /** The CSS custom property that holds its colour. */
  readonly colour: string
  readonly stroke: 'solid' | 'dashed' | 'dotted'
  /** One value per x. Null is a gap; undefined draws the line past an x that only another line has. */
  readonly values: readonly (number | null | undefined)[]
}

export interface Curves {
  readonly x: readonly number[]
  readonly lines: readonly Line[]
}

/**
 * Held-out accuracy in percent per peer: alone (`solo`), or after a discussion (`idea3`).
 * @param among decides the colours of the peers by their places in it
 */
export function accuracyCurves(
  evals: readonly EvalEvent[],
  kind: 'solo' | 'idea3',
  peers: readonly string[],
  among: readonly string[] = peers,
): Curves {
  return {
    x: evals.map((event) => event.step),
    lines: peers.map((peer) => ({
      label: peer,
      colour: peerColour(among.indexOf(peer)),
      stroke: 'solid',
      values: evals.map((event) => {
        const accuracies = event[kind]
        // Not every test has discussions: the line goes past those that have none.
        if (accuracies === undefined) return undefined
        const accuracy = accuracies[peer]
        return accuracy === undefined ? null : accuracy * 100
      }),
    })),
  }
}

interface Drawn extends Omit<Line, 'values'> {
  readonly metric: string
}

/** Returns curves of metrics of the steps, without metrics that no step has. */
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

/** Mean reward of a step's rollouts, of all peers and of each peer that the metrics name. */
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

/** Whether two runs take the mean reward over the same stages: one of answers alone is no comparison for one of a discussion. */
export function isSameReward(one: RunConfig, other: RunConfig): boolean {
  return trainedStages(one).join() === trainedStages(other).join()
}

/** Shares of a step's questions: discussed, helped each other (of these), and peers disagreed on that. */
export function interactionCurves(steps: readonly StepEvent[]): Curves {
  return metricCurves(steps, [
    { label: 'help each other', metric: 'ilr/cooperation_share', colour: '--together', stroke: 'solid' },
    { label: 'disagreed on', metric: 'ilr/mode_disagreement', colour: '--against', stroke: 'solid' },
    { label: 'discussed', metric: 'ilr/discussed_share', colour: '--quiet', stroke: 'dashed' },
  ])
}

/** Effect of Perception Calibration: mean change of an advantage, and the share of its terms at their limit. */
export function calibrationCurves(steps: readonly StepEvent[]): Curves {
  return metricCurves(steps, [
    { label: 'shift', metric: 'ilr/calibration_shift', colour: '--ink', stroke: 'solid' },
    { label: 'clipped', metric: 'ilr/calibration_clipped', colour: '--quiet', stroke: 'dashed' },
  ])
}

/** Adds a second run's lines, dotted and named, to those of the run in view. Their steps may differ. */
export function besideOf(curves: Curves, other: Curves, name: string): Curves {
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
        label: `${line.label}, ${name}`,
        stroke: 'dotted' as const,
      })),
    ],
  }
}

/** First and latest value of a line. */
export function firstAndLast(line: Line): { first: number; last: number } | null {
  const known = line.values.filter((value) => typeof value === 'number')
  const first = known.at(0)
  const last = known.at(-1)
  return first === undefined || last === undefined ? null : { first, last }
}

/** Index of a line's latest value at or before a step; null where there is none so early. */
export function indexUpTo(x: Curves['x'], values: Line['values'], step: number): number | null {
  for (let i = x.length - 1; i >= 0; i--) if (x[i] <= step && typeof values[i] === 'number') return i
  return null
}

/** A line's latest value at or before a step. */
export function valueUpTo({ x }: Curves, { values }: Line, step: number): number | null {
  const index = indexUpTo(x, values, step)
  return index === null ? null : (values[index] ?? null)
}

interface Measure {
  readonly name: string
  /** In the order of the peers, or null where there is one number for all of them. */
  readonly perPeer: readonly (number | undefined)[] | null
  readonly all?: number
}

/** The methods beside `idea3`, which has its own curve. */
export function measuresOf({ debate, sampled, ood, vote }: EvalEvent, peers: readonly string[]): Measure[] {
  const measures: Measure[] = []
  if (debate) measures.push({ name: 'after a debate', perPeer: peers.map((peer) => debate[peer]) })
  if (sampled) {
    const mean = (bySkill: Readonly<Record<string, number>> = {}) => {
      const values = Object.values(bySkill)
      return values.reduce((sum, value) => sum + value, 0) / values.length
    }
    measures.push({ name: 'sampled, alone', perPeer: peers.map((peer) => mean(sampled[peer])) })
  }
  if (vote !== undefined) measures.push({ name: 'vote of all', perPeer: null, all: vote })
  if (ood) measures.push({ name: 'harder questions', perPeer: peers.map((peer) => ood[peer]) })
  return measures
}
