/** Two runs side by side in words, the same whichever of them is in view. */

import { useState } from 'preact/hooks'
import {
  type ComparedGain,
  comparedGains,
  differingSettings,
  type Gain,
  type TestedRun,
} from '../../config/comparison'
import type { RunConfig } from '../../config/config'
import { SINGLE_AGENT } from '../../config/presets'
import type { RunEvent } from '../../ilr/events'
import type { SavedRun } from '../../runs/checkpoints'
import { focusPrimaryButton } from '../document'
import { capital, fromTo, percent, signed } from '../format'
import { type Kept, keptRun, runTitle } from '../runs/use_kept_runs'
import { METHOD_TITLES } from '../settings/settings'
import { initialState, reduce, type ViewState } from '../state'

export type Tested = Pick<ComparedRun, 'config' | 'evals'>

export interface ComparedRun extends Pick<ViewState, 'evals' | 'steps'> {
  readonly title: string
  readonly config: RunConfig
}

export function comparedRun(title: string, config: RunConfig, history: readonly RunEvent[]): ComparedRun {
  const { evals, steps } = history.reduce(reduce, { ...initialState, config })
  return { title, config, evals, steps }
}

type Method = RunConfig['method']

export interface GainRow {
  /** Null for the mean over a run's own peers. */
  readonly peer: string | null
  readonly gains: readonly string[]
  /** Of two runs, in points, of the numbers as shown. */
  readonly ahead?: string
}

export function gainRows(run: TestedRun): GainRow[] {
  return comparedGains(run, run).map(({ peer, one }) => ({ peer, gains: [gainText(one)] }))
}

/** Order of comparison: a gain is what a discussion adds. */
const ORDER: readonly Method[] = ['ilr', 'self-debate', 'share-only', 'solo']
const DOING: Readonly<Record<Method, string>> = {
  ilr: 'discussing',
  'share-only': 'copying',
  'self-debate': 'self-debating',
  solo: 'alone',
}

/** Tells the lines of a compared run from those of the run in view. */
export function lineName(inView: RunConfig, compared: RunConfig): string {
  return inView.method === compared.method ? 'the other' : DOING[compared.method]
}

/** Compares the run in view with another one; `swapped` where the run in view comes second. */
export function verdictOf(inView: Tested, compared: Tested) {
  const rank = ({ config }: Tested) => ORDER.indexOf(config.method)
  const swapped = rank(inView) > rank(compared)
  const [first, second] = swapped ? [compared, inView] : [inView, compared]
  const gains = comparedGains(first, second)
  const rows = gains.map(({ peer, one, other }): GainRow => {
    const ahead = signed(pointsAhead(one, other), 0)
    return { peer, gains: [gainText(one), gainText(other)], ahead }
  })
  return {
    swapped,
    names: namesOf(first.config, second.config, swapped),
    sentence: sentenceOf(first.config, second.config, gains.at(-1)),
    rows,
  }
}

/** Names each run after its method and marks the one in view; of two runs of one method it comes first. */
function namesOf(first: RunConfig, second: RunConfig, swapped: boolean): [string, string] {
  if (first.method === second.method) return ['This run', 'The other']
  const name = ({ method }: RunConfig, inView: boolean) =>
    `${METHOD_TITLES[method]}${inView ? ' (in view)' : ''}`
  return [name(first, !swapped), name(second, swapped)]
}

/** @param mean of all peers */
function sentenceOf(first: RunConfig, second: RunConfig, mean?: ComparedGain): string {
  const differing = differingSettings(first, second)
  if (differing.includes('task')) return 'They answer different questions, so their numbers do not compare.'
  const points = pointsAhead(mean?.one ?? null, mean?.other ?? null)
  if (mean === undefined || points === null) return 'Both need a second test before they compare.'
  const sameMethod = first.method === second.method
  const [one, other] = sameMethod ? ['this run', 'the other'] : [DOING[first.method], DOING[second.method]]
  const both = `${capital(one)} ${gainText(mean.one)}, ${other} ${gainText(mean.other)}`
  const many = Math.abs(points) === 1 ? '1 point' : `${Math.abs(points)} points`
  if (points === 0) return `${both}: no difference.`
  // Where only the method differs, the difference comes from it.
  if (!sameMethod && differing.every((name) => name === 'method' || name in SINGLE_AGENT))
    return `${both}: ${one} ${points > 0 ? `adds +${many}` : `costs ${many}`}.`
  return `${both}: ${points > 0 ? one : other} is ${many} ahead.`
}

/** Returns the difference of the last tests in points, of the numbers as shown; null until both runs have a second test. */
function pointsAhead(one: Gain | null, other: Gain | null): number | null {
  const [mine, theirs] = [one?.after ?? null, other?.after ?? null]
  return mine === null || theirs === null ? null : Math.round(mine * 100) - Math.round(theirs * 100)
}

function gainText(gain: Gain | null): string {
  if (gain === null) return percent(undefined)
  return gain.after === null ? percent(gain.before) : fromTo(gain.before, gain.after)
}

interface Parts {
  /** The run in view, to its end where that is known. */
  readonly known: Pick<ViewState, 'evals' | 'steps'>
  readonly kept: Kept
  readonly startThat: (wanted: RunConfig, from: SavedRun | null) => Promise<void>
  readonly show: (run: SavedRun) => void
}

export type Comparison = ReturnType<typeof useComparison>

export function useComparison({ known, kept, startThat, show }: Parts) {
  const [compared, setCompared] = useState<ComparedRun | null>(null)
  /** Keeps the run in view, which has this configuration, beside whatever comes into view next. */
  const withPresent = (config: RunConfig) => {
    const title = runTitle(keptRun(kept.saved, config) ?? { name: '', config })
    setCompared({ title, config, evals: known.evals, steps: known.steps })
  }
  return {
    compared,
    withPresent,
    with: (other: SavedRun) => setCompared(comparedRun(runTitle(other), other.config, other.events)),
    /** Runs the run in view again with every peer for itself. A saved run is shown or resumed, not run again. */
    async withSingleAgent(discussed: RunConfig) {
      withPresent(discussed)
      const wanted = { ...discussed, ...SINGLE_AGENT }
      const before = keptRun(kept.saved, wanted)
      if (before === null) await startThat(wanted, null)
      else await kept.open(before, (one) => (before.ended ? show(one) : void startThat(one.config, one)))
    },
    end() {
      setCompared(null)
      // The button that was pressed goes away.
      focusPrimaryButton()
    },
  }
}
