import { useEffect, useState } from 'preact/hooks'
import { bytesText } from '../hub/bytes'
import type { RunSummary } from '../runs/checkpoint_layout'

interface Props {
  readonly runs: readonly RunSummary[]
  /** Deleted since the page was opened, and not taken back. */
  readonly deleted: readonly RunSummary[]
  /** Ids of those that run in another tab. */
  readonly elsewhere: ReadonlySet<string>
  readonly onResume: (run: RunSummary) => void
  readonly onRead: (run: RunSummary) => void
  readonly onRename: (run: RunSummary, name: string) => void
  readonly onPin: (run: RunSummary, pinned: boolean) => void
  readonly onForget: (run: RunSummary) => void
  readonly onRestore: (run: RunSummary) => void
}

/** All runs that this browser keeps. */
export function KeptRuns(props: Props) {
  const { runs, deleted, elsewhere } = props
  const storage = useStorage(runs)
  if (runs.length === 0 && deleted.length === 0) return null
  return (
    <details class="notice kept-runs">
      <summary>Kept runs ({runs.length})</summary>
      <ul>
        {runs.map((run) => (
          <KeptRun key={run.id} {...props} run={run} elsewhere={elsewhere.has(run.id)} />
        ))}
        {deleted.map((run) => (
          <li key={run.id} class="kept-run">
            <p>{titleOf(run)} was deleted.</p>
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
  const { run, elsewhere } = props
  const { config, step, ended } = run
  const pinned = run.checkpoints.some((kept) => kept.step === step && kept.pinned)
  return (
    <li class="kept-run">
      <label>
        <span class="visually-hidden">Name of the run of {titleOf(run)}</span>
        <input
          type="text"
          value={run.name}
          placeholder={titleOf({ ...run, name: '' })}
          onChange={({ currentTarget }) => props.onRename(run, currentTarget.value.trim())}
        />
      </label>
      <p>
        Step {step} of {config.steps}, {config.backend}
        {run.savedAt > 0 ? `, ${new Date(run.savedAt).toLocaleString()}` : ''}
        {elsewhere ? '. It runs in another tab.' : ended ? '. It is over.' : '.'}
      </p>
      <div class="notice-actions">
        {elsewhere ? (
          <button type="button" class="button" onClick={() => props.onRead(run)}>
            Read along
          </button>
        ) : (
          <button type="button" class="button" disabled={ended} onClick={() => props.onResume(run)}>
            Go on
          </button>
        )}
        <button
          type="button"
          class="button"
          aria-pressed={pinned}
          title="Keeps this checkpoint when later ones take the place of others"
          onClick={() => props.onPin(run, !pinned)}
        >
          {pinned ? 'Pinned' : 'Pin'}
        </button>
        <button type="button" class="button" disabled={elsewhere} onClick={() => props.onForget(run)}>
          Delete
        </button>
      </div>
    </li>
  )
}

function titleOf({ name, config }: RunSummary): string {
  return name === '' ? `${config.preset}, seed ${config.seed}` : name
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
