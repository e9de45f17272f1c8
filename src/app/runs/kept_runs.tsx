import { useEffect, useState } from 'preact/hooks'
import { bytesText } from '../../hub/bytes'
import type { RunSummary } from '../../runs/checkpoint_layout'
import { isSameRun } from '../../runs/comparison'
import type { RunConfig } from '../../runs/config'
import { runTitle } from './run_title'
import { savedAtText } from './saved_at'

interface Props {
  readonly runs: readonly RunSummary[]
  /** Whether it is known which there are, or soon will be. */
  readonly readable: boolean
  /** Deleted since the page was opened, and not taken back. */
  readonly deleted: readonly RunSummary[]
  /** Ids of those that run in another tab. */
  readonly elsewhere: ReadonlySet<string>
  /** Whether no run is on: only then another one can come into view. */
  readonly over: boolean
  /** The run that the one in view is compared with, or null. */
  readonly compared: RunConfig | null
  readonly onResume: (run: RunSummary) => void
  readonly onShow: (run: RunSummary) => void
  readonly onCompare: (run: RunSummary, compared: boolean) => void
  readonly onRead: (run: RunSummary) => void
  readonly onRename: (run: RunSummary, name: string) => void
  readonly onPin: (run: RunSummary, pinned: boolean) => void
  readonly onForget: (run: RunSummary) => void
  readonly onRestore: (run: RunSummary) => void
}

/** All runs that this browser keeps. There is a place for them from the start, so that the first checkpoint of a run moves nothing. */
export function KeptRuns(props: Props) {
  const { runs, readable, deleted, elsewhere } = props
  const storage = useStorage(runs)
  return (
    <details class="notice kept-runs">
      <summary>Kept runs {readable ? `(${runs.length})` : '(cannot be read now)'}</summary>
      {runs.length + deleted.length > 0 || !readable ? null : (
        <p class="hint">None yet. A run is kept in this browser as it goes on, until you delete it.</p>
      )}
      <ul class="stack">
        {runs.map((run) => (
          <KeptRun key={run.id} {...props} run={run} elsewhere={elsewhere.has(run.id)} />
        ))}
        {deleted.map((run) => (
          <li key={run.id} class="kept-run">
            <p>{runTitle(run)} was deleted.</p>
            <div class="notice-actions">
              <button type="button" class="button" onClick={() => props.onRestore(run)}>
                Undo
              </button>
            </div>
          </li>
        ))}
      </ul>
      {storage === null ? null : (
        <p class="hint">
          This page takes {bytesText(storage.usage)} of the {bytesText(storage.quota)} it may have.{' '}
          {storage.persisted ? (
            'The browser keeps it until you clear it.'
          ) : (
            <>
              The browser may clear it when the disk is full.{' '}
              <button type="button" class="button" onClick={storage.persist}>
                Ask it not to
              </button>
            </>
          )}
        </p>
      )}
    </details>
  )
}

function KeptRun(
  props: Omit<Props, 'elsewhere'> & { readonly run: RunSummary; readonly elsewhere: boolean },
) {
  const { run, elsewhere, over, compared } = props
  const { config, step, ended } = run
  const beside = compared !== null && isSameRun(compared, config)
  const pinned = run.checkpoints.some((kept) => kept.step === step && kept.pinned)
  return (
    <li class="kept-run">
      <label>
        <span class="visually-hidden">Name of the run of {runTitle(run)}</span>
        <input
          type="text"
          value={run.name}
          placeholder={runTitle({ ...run, name: '' })}
          onChange={({ currentTarget }) => props.onRename(run, currentTarget.value.trim())}
        />
      </label>
      <p>
        Step {step} of {config.steps}, {config.backend}
        {savedAtText(run.savedAt, Date.now())}
        {elsewhere ? '. It runs in another tab.' : ended ? '. It is over.' : '.'}
      </p>
      <div class="notice-actions">
        {elsewhere ? (
          <button type="button" class="button" disabled={!over} onClick={() => props.onRead(run)}>
            Read along
          </button>
        ) : (
          <button type="button" class="button" disabled={!over || ended} onClick={() => props.onResume(run)}>
            Continue
          </button>
        )}
        <button
          type="button"
          class="button"
          disabled={!over}
          title="Shows its curves and its last discussion"
          onClick={() => props.onShow(run)}
        >
          Show
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={beside}
          title="Draws its curves beside those of the run in view"
          onClick={() => props.onCompare(run, !beside)}
        >
          {beside ? 'Compared' : 'Compare'}
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={pinned}
          title="Keeps this checkpoint when later ones take the place of others"
          onClick={() => props.onPin(run, !pinned)}
        >
          {pinned ? 'Pinned' : 'Pin'}
        </button>
        <button
          type="button"
          class="button"
          disabled={!over || elsewhere}
          onClick={() => props.onForget(run)}
        >
          Delete
        </button>
      </div>
    </li>
  )
}

interface Storage {
  readonly usage: number
  readonly quota: number
  readonly persisted: boolean
  readonly persist: () => void
}

/** What the browser says of this page's room; null where it says nothing. Asked again with every other list of runs. */
function useStorage(runs: readonly RunSummary[]): Storage | null {
  const [storage, setStorage] = useState<Storage | null>(null)
  useEffect(() => {
    let current = true
    const look = async () => {
      const { usage, quota } = (await navigator.storage?.estimate()) ?? {}
      if (usage === undefined || quota === undefined) return
      const persisted = await navigator.storage.persisted()
      const persist = () => void navigator.storage.persist().then(look)
      if (current) setStorage({ usage, quota, persisted, persist })
    }
    // A browser that does not tell is as one that cannot.
    look().catch(() => undefined)
    return () => {
      current = false
    }
  }, [runs])
  return storage
}
