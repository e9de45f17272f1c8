/** Compares two runs: their settings and their results. */
import { type RunConfig, runConfigSchema } from './config'

/**
 * Returns the settings that two runs differ in, in the schema's order. `version` is no setting, so it never
 * counts.
 */
export function differingSettings(one: RunConfig, other: RunConfig): (keyof RunConfig)[] {
  const names = Object.keys(runConfigSchema.shape) as (keyof RunConfig)[]
  return names.filter(
    (name) => name !== 'version' && JSON.stringify(one[name]) !== JSON.stringify(other[name]),
  )
}

/** Whether two configurations are one run: a configuration decides its run. */
export function isSameRun(one: RunConfig, other: RunConfig): boolean {
  return differingSettings(one, other).length === 0
}

/** A run's peers, and its evaluations in order. */
export interface TestedRun {
  readonly config: Pick<RunConfig, 'peers'>
  readonly evals: readonly { readonly solo: Readonly<Record<string, number>> }[]
}

/** Solo accuracies on held-out questions, in [0, 1]. */
export interface Gain {
  readonly before: number
  /** Null before the second evaluation. */
  readonly after: number | null
}

export interface ComparedGain {
  /** Null for the mean over the run's peers. */
  readonly peer: string | null
  /** Null where a run has no such peer or no evaluation yet. */
  readonly one: Gain | null
  readonly other: Gain | null
}

/**
 * Returns first and last accuracies of both runs: one entry for each peer in either run, then one for the
 * mean over a run's peers.
 */
export function comparedGains(one: TestedRun, other: TestedRun): ComparedGain[] {
  return [...unionOfPeers(one, other), null].map((peer) => ({
    peer,
    one: gainOf(one, peer),
    other: gainOf(other, peer),
  }))
}

/** Returns the peers of the first run, then those only in the second. */
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
