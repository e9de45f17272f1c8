import { useState } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import { SINGLE_AGENT } from '../../config/presets'
import type { SavedRun } from '../../runs/checkpoints'
import { focusPrimaryButton } from '../document'
import { type Kept, keptRun, runTitle } from '../runs/use_kept_runs'
import type { ViewState } from '../state'
import { type ComparedRun, comparedRun } from './verdict'

interface Parts {
  /** The run in view, to its end where that is known. */
  readonly known: Pick<ViewState, 'evals' | 'steps'>
  readonly kept: Kept
  readonly startThat: (wanted: RunConfig, from: SavedRun | null) => Promise<void>
  readonly show: (run: SavedRun) => void
}

export type Comparison = ReturnType<typeof useComparison>

/** The run beside the one in view. */
export function useComparison({ known, kept, startThat, show }: Parts) {
  const [compared, setCompared] = useState<ComparedRun | null>(null)
  /** The run in view, which has this configuration, stays beside whatever comes into view next. */
  const withPresent = (config: RunConfig) => {
    const title = runTitle(keptRun(kept.saved, config) ?? { name: '', config })
    setCompared({ title, config, evals: known.evals, steps: known.steps })
  }
  return {
    compared,
    withPresent,
    with: (other: SavedRun) => setCompared(comparedRun(runTitle(other), other.config, other.events)),
    /** The run in view once more, every peer for itself; where that run is kept already, it need not be run again. */
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
