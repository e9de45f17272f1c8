import { useEffect, useState } from 'preact/hooks'
import type { RunSummary } from '../../runs/checkpoint_layout'
import type { SavedRun } from '../../runs/checkpoints'
import type { Engine, SavedRuns } from '../engine'
import { useElsewhere } from './use_elsewhere'

/** The runs that this browser keeps, and what a visitor can do to them. */
export interface Kept {
  /** Null until they are known. */
  readonly saved: SavedRuns | null
  /** Ids of those that run in another tab. */
  readonly elsewhere: ReadonlySet<string>
  /** Deleted since the page was opened, and not taken back. */
  readonly deleted: readonly RunSummary[]
  rename(run: RunSummary, name: string): void
  pin(run: RunSummary, pinned: boolean): void
  /** Deletes one, whole or damaged, until `restore`. */
  forget(id: string): void
  restore(run: RunSummary): void
  /** Looks at them anew. */
  refresh(): Promise<void>
  /** Hands one over with its events. */
  open(run: RunSummary, act: (run: SavedRun) => void): Promise<void>
}

/**
 * Asked for on opening the page, whenever a run begins or ends, and with every checkpoint that it keeps.
 * @param over whether no run is on
 * @param checkpoint the step of the newest checkpoint of the run in view
 */
export function useKeptRuns(
  engine: Engine,
  over: boolean,
  checkpoint: number | null,
  onError: (error: unknown) => void,
): Kept {
  const [saved, setSaved] = useState<SavedRuns | null>(null)
  const [deleted, setDeleted] = useState<readonly RunSummary[]>([])
  // The run that is on here is no other tab's.
  const elsewhere = useElsewhere(engine, over ? saved : null)
  useEffect(() => {
    let current = true
    // A run that is on says itself what is wrong with the store.
    engine.savedRuns().then(
      (found) => current && setSaved(found),
      (error) => over && onError(error),
    )
    return () => {
      current = false
    }
  }, [engine, onError, over, checkpoint])

  const refresh = async (change?: Promise<void>) => {
    try {
      await change
      setSaved(await engine.savedRuns())
    } catch (error) {
      onError(error)
    }
  }
  return {
    saved,
    elsewhere,
    deleted: deleted.filter(({ id }) => saved?.runs.every((run) => run.id !== id)),
    rename: ({ id }, name) => void refresh(engine.rename(id, name)),
    pin: ({ id, step }, pinned) => void refresh(engine.pin(id, step, pinned)),
    forget(id) {
      const run = saved?.runs.find((one) => one.id === id)
      if (run) setDeleted((runs) => [...runs, run])
      void refresh(engine.forget(id))
    },
    async restore({ id }) {
      await refresh(engine.restore(id))
      setDeleted((runs) => runs.filter((run) => run.id !== id))
    },
    refresh,
    async open({ id }, act) {
      try {
        act(await engine.kept(id))
      } catch (error) {
        onError(error)
      }
    },
  }
}
