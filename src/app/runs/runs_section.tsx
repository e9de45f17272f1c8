import type { SavedRun } from '../../runs/checkpoints'
import type { RunConfig } from '../../runs/config'
import type { RunRecord } from '../../runs/file/run_record'
import type { Comparison } from '../comparison/use_comparison'
import type { Engine, SavedRuns } from '../engine'
import { KeptRuns } from './kept_runs'
import { RunFiles } from './run_files'
import type { Kept } from './use_kept_runs'

/** As long as it is not known which runs are kept. */
const NO_RUNS: SavedRuns['runs'] = []

interface Props {
  readonly engine: Engine
  readonly kept: Kept
  /** Of the run in view, or of the one that can be gone on with; null where there is none. */
  readonly config: RunConfig | null
  /** Whether no run is on: only then another one can come into view. */
  readonly over: boolean
  readonly comparison: Comparison
  readonly onImported: (record: RunRecord) => void
  readonly onResume: (run: SavedRun) => void
  readonly onRead: (run: SavedRun) => void
  readonly onShow: (run: SavedRun) => void
}

/** The runs that there are, in this browser and as files. */
export function RunsSection(props: Props) {
  const { engine, kept, config, over, comparison, onImported, onResume, onRead, onShow } = props
  const { saved, elsewhere } = kept
  return (
    <section class="runs" aria-labelledby="runs-title">
      <h2 id="runs-title">Runs</h2>
      <RunFiles engine={engine} config={config} version={saved} over={over} onImported={onImported} />
      <KeptRuns
        runs={saved?.runs ?? NO_RUNS}
        readable={saved !== null || kept.trouble === null}
        deleted={kept.deleted}
        elsewhere={elsewhere}
        over={over}
        compared={comparison.compared?.config ?? null}
        onResume={(run) => void kept.open(run, onResume)}
        onRead={(run) => void kept.open(run, onRead)}
        onShow={(run) => void kept.open(run, onShow)}
        onCompare={(run, wanted) => (wanted ? void kept.open(run, comparison.with) : comparison.end())}
        onRename={kept.rename}
        onPin={kept.pin}
        onForget={({ id }) => kept.forget(id)}
        onRestore={kept.restore}
      />
    </section>
  )
}
