import { useState } from 'preact/hooks'
import type { SavedRun } from '../../runs/checkpoints'
import { isSameRun } from '../../runs/comparison'
import type { RunConfig } from '../../runs/config'
import { SINGLE_AGENT } from '../../runs/presets'
import { focusPrimaryButton } from '../run_bar'
import { runTitle } from '../runs/run_title'
import type { Kept } from '../runs/use_kept_runs'
import type { ViewState } from '../state'
import { type ComparedRun, comparedRun } from './verdict'

interface Parts {
  /** The visitor's run. */
  readonly run: Pick<ViewState, 'evals' | 'steps'>
  readonly kept: Kept
  readonly startThat: (wanted: RunConfig, from: SavedRun | null) => Promise<void>
  readonly show: (run: SavedRun) => void
}

/** The run beside the one in view. */
export interface Comparison {
  readonly compared: ComparedRun | null
  with(run: SavedRun): void
  /** The run in view, which has this configuration, stays beside whatever comes into view next. */
  withPresent(config: RunConfig): void
  /** The run in view once more, every peer for itself; where that run is kept already, it need not be run again. */
  withSingleAgent(discussed: RunConfig): Promise<void>
  end(): void
}

export function useComparison({ run, kept, startThat, show }: Parts): Comparison {
  const [compared, setCompared] = useState<ComparedRun | null>(null)
  const keptRun = (config: RunConfig) => kept.saved?.runs.find((one) => isSameRun(one.config, config))
  const withPresent = (config: RunConfig) => {
    const title = runTitle(keptRun(config) ?? { name: '', config })
    setCompared({ title, config, evals: run.evals, steps: run.steps })
  }
  return {
    compared,
    withPresent,
    with: (other) => setCompared(comparedRun(runTitle(other), other.config, other.events)),
    async withSingleAgent(discussed) {
      withPresent(discussed)
      const wanted = { ...discussed, ...SINGLE_AGENT }
      const known = keptRun(wanted)
      if (known === undefined) await startThat(wanted, null)
      else if (known.ended) await kept.open(known, show)
      else await kept.open(known, (one) => void startThat(one.config, one))
    },
    end() {
      setCompared(null)
      // The button that was pressed goes away.
      focusPrimaryButton()
    },
  }
}
