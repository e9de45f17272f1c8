/** Two runs side by side: what they were told to do, and what each came to. */
import { type RunConfig, runConfigSchema } from './config'

/** The settings that two runs differ in, in the schema's order. The version is that of the list, not a setting. */
export function differingSettings(one: RunConfig, other: RunConfig): (keyof RunConfig)[] {
  const names = Object.keys(runConfigSchema.shape) as (keyof RunConfig)[]
  return names.filter(
    (name) => name !== 'version' && JSON.stringify(one[name]) !== JSON.stringify(other[name]),
  )
}

/** Whether it is one run: a run is decided by its configuration. */
export function isSameRun(one: RunConfig, other: RunConfig): boolean {
  return differingSettings(one, other).length === 0
}

/** A run as far as it was tested: its peers, and its evaluations in order. */
export interface TestedRun {
  readonly config: Pick<RunConfig, 'peers'>
  readonly evals: readonly { readonly solo: Readonly<Record<string, number>> }[]
}

/** Accuracies alone on held-out questions, in [0, 1]. */
export interface Gain {
  readonly before: number
  /** Null until there is a second evaluation. */
  readonly after: number | null
}

export interface ComparedGain {
  /** Null for the mean over a run's own peers. */
  readonly peer: string | null
  /** Null where a run has no such peer, or was not tested yet. */
  readonly one: Gain | null
  readonly other: Gain | null
}

/** First and last accuracies of both runs: of every peer that takes part in either, then of all of a run's peers. */
export function comparedGains(one: TestedRun, other: TestedRun): ComparedGain[] {
  return [...unionOfPeers(one, other), null].map((peer) => ({
    peer,
    one: gainOf(one, peer),
    other: gainOf(other, peer),
  }))
}

/** Peers of the one, then peers that only the other has. */
function unionOfPeers(one: TestedRun, other: TestedRun): string[] {
  return [...new Set([...one.config.peers, ...other.config.peers].map(({ id }) => id))]
}

function gainOf({ config, evals }: TestedRun, peer: string | null): Gain | null {
  const ids = config.peers.map(({ id }) => id).filter((id) => peer === null || id === peer)
  const [first, last] = [evals.at(0), evals.at(-1)]
  if (ids.length === 0 || first === undefined || last === undefined) return null
  const mean = ({ solo }: TestedRun['evals'][number]) =>
    ids.reduce((sum, id) => sum + (solo[id] ?? Number.NaN), 0) / ids.length
  return { before: mean(first), after: first === last ? null : mean(last) }
}
