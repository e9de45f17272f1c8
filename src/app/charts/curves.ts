/** From events to the columns that the charts draw. */
import type { RunConfig } from '../../config/config'
import { trainedStages } from '../../config/training'
import { mean } from '../../report/averages'
import { peerColour } from '../parts'
import type { EvalEvent, StepEvent } from '../state'

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
 * What the vertical axis counts: percent, or shares and rewards. It spans 0 to `high`, and widens in whole `grain`s to hold the
 * values; its numbers are a `tick` or more apart.
 */
export const SCALES = {
  percent: { high: 100, grain: 10, tick: 20, digits: 0, unit: ' %', spoken: ' percent' },
  share: { high: 1, grain: 0.2, tick: 0.2, digits: 2, unit: '', spoken: '' },
} as const
export type Scale = keyof typeof SCALES

/** Distance between equal values, as a share of the axis: about the width of a line. */
const APART = 0.016

/** Puts equal values of several lines side by side, so that no line hides another. */
export function apart(lines: readonly Line[], scale: Scale): Line['values'][] {
  const gap = APART * SCALES[scale].high
  return lines.map(({ values }, index) =>
    values.map((value, i) => {
      if (typeof value !== 'number') return value
      return value + gap * lines.slice(0, index).filter((line) => line.values[i] === value).length
    }),
  )
}

export function verticalRange({ lines }: Curves, scale: Scale): [low: number, high: number] {
  const { high, grain } = SCALES[scale]
  const values = lines.flatMap((line) => line.values.filter((value) => typeof value === 'number'))
  const least = values.reduce((one, other) => Math.min(one, other), 0)
  const most = values.reduce((one, other) => Math.max(one, other), high)
  const margin = APART * high * Math.max(1, lines.length - 1)
  return [Math.floor(least / grain) * grain - margin, Math.ceil(most / grain) * grain + margin]
}

/** Returns at most `most` round numbers for an axis of steps or, with a scale, of values. */
export function ticks([first, last]: readonly [number, number], most: number, scale?: Scale): number[] {
  let size = scale === undefined ? 1 : SCALES[scale].tick
  // 1, 2, 5, 10, 20, 50 …
  for (let turn = 0; (last - first) / size > most; turn++) size *= turn % 3 === 1 ? 2.5 : 2
  const from = Math.ceil(first / size - 1e-9)
  const count = Math.floor(last / size + 1e-9) - from + 1
  return Array.from({ length: count }, (_, i) => Number(((from + i) * size).toFixed(6)))
}

/** @param among decides the colours of the peers by their places in it */
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

type Metric = readonly [label: string, metric: string, colour: string, stroke?: Line['stroke']]

/** Returns curves of metrics of the steps, without metrics that no step has. */
function metricCurves(steps: readonly StepEvent[], metrics: readonly Metric[]): Curves {
  const lines = metrics.map(([label, metric, colour, stroke = 'solid']) => {
    const values = steps.map((event) => event.metrics[metric] ?? null)
    return { label, colour, stroke, values }
  })
  return {
    x: steps.map((event) => event.step),
    lines: lines.filter(({ values }) => steps.length === 0 || values.some((value) => value !== null)),
  }
}

/** Mean reward of a step's rollouts, of all peers and of each peer that the metrics name. */
export function rewardCurves(steps: readonly StepEvent[], peers: readonly string[]): Curves {
  const own = peers.map((peer, index): Metric => [peer, `reward/${peer}`, peerColour(index)])
  return metricCurves(steps, [...own, ['mean', 'reward', '--ink']])
}

/** Returns whether two runs average rewards over the same stages; otherwise their mean rewards do not compare. */
export function isSameReward(one: RunConfig, other: RunConfig): boolean {
  return trainedStages(one).join() === trainedStages(other).join()
}

/** Shares of a step's questions: discussed, helped each other (of these), and peers disagreed on that. */
export function interactionCurves(steps: readonly StepEvent[]): Curves {
  return metricCurves(steps, [
    ['help each other', 'ilr/cooperation_share', '--together'],
    ['disagreed on', 'ilr/mode_disagreement', '--against'],
    ['discussed', 'ilr/discussed_share', '--quiet', 'dashed'],
  ])
}

/** Effect of Perception Calibration: mean change of an advantage, and the share of its terms at their limit. */
export function calibrationCurves(steps: readonly StepEvent[]): Curves {
  return metricCurves(steps, [
    ['shift', 'ilr/calibration_shift', '--ink'],
    ['clipped', 'ilr/calibration_clipped', '--quiet', 'dashed'],
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
      ...lines(other).map((line): Line => ({ ...line, label: `${line.label}, ${name}`, stroke: 'dotted' })),
    ],
  }
}

export function firstAndLast(line: Line): { first: number; last: number } | null {
  const known = line.values.filter((value) => typeof value === 'number')
  return known.length === 0 ? null : { first: known[0], last: known[known.length - 1] }
}

/** Index of a line's latest value at or before a step; null where there is none so early. */
export function indexUpTo(x: Curves['x'], values: Line['values'], step: number): number | null {
  for (let i = x.length - 1; i >= 0; i--) if (x[i] <= step && typeof values[i] === 'number') return i
  return null
}

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
  const each = (name: string, scores: Readonly<Record<string, number>> | undefined): Measure[] =>
    scores ? [{ name, perPeer: peers.map((peer) => scores[peer]) }] : []
  const means = Object.entries(sampled ?? {}).map(([peer, bySkill]) => [peer, mean(Object.values(bySkill))])
  return [
    ...each('after a debate', debate),
    ...each('sampled, alone', sampled && Object.fromEntries(means)),
    ...(vote === undefined ? [] : [{ name: 'vote of all', perPeer: null, all: vote }]),
    ...each('harder questions', ood),
  ]
}
