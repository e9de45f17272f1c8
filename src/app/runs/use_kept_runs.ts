import { useEffect, useState } from 'preact/hooks'
import type { RunSummary } from '../../runs/checkpoint_layout'
import type { SavedRun } from '../../runs/checkpoints'
import type { Engine, SavedRuns } from '../engine'
import { type Problem, problemOf } from '../state'

/** Between two looks at what other tabs do. */
const LOOK_MILLISECONDS = 2000

/** The runs that this browser keeps, and what a visitor can do to them. */
export interface Kept {
  /** Null until they are known. */
  readonly saved: SavedRuns | null
  /** Why they cannot be read; null as long as they can. */
  readonly trouble: Problem | null
  /** Ids of those that run in another tab. */
  readonly elsewhere: ReadonlySet<string>
  /** Deleted since the page was opened, and not taken back. */
  readonly deleted: readonly RunSummary[]
  rename(run: RunSummary, name: string): void
  pin(run: RunSummary, pinned: boolean): void
  /** Deletes one, whole or damaged, until `restore`. */
  forget(id: string): void
  restore(run: RunSummary): void
  refresh(): Promise<void>
  /** Reads one with its events. */
  open(run: RunSummary, act: (run: SavedRun) => void): Promise<void>
}

/**
 * Reads the kept runs when the page opens, when a run begins or ends, and with every checkpoint; if that fails, again and again, since
 * another tab that holds them may be closed.
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
  const [trouble, setTrouble] = useState<Problem | null>(null)
  const [deleted, setDeleted] = useState<readonly RunSummary[]>([])
  // The run that is on here is no other tab's.
  const elsewhere = useElsewhere(engine, over ? saved : null)
  const troubled = trouble !== null
  useEffect(() => {
    let current = true
    const look = async () => {
      try {
        const found = await engine.savedRuns()
        if (!current) return
        setSaved(found)
        setTrouble(null)
      } catch (error) {
        if (current) setTrouble(problemOf(error))
      }
    }
    void look()
    const timer = troubled ? setInterval(look, LOOK_MILLISECONDS) : undefined
    return () => {
      current = false
      clearInterval(timer)
    }
  }, [engine, over, checkpoint, troubled])

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
    trouble,
    elsewhere,
    deleted: deleted.filter(({ id }) => saved?.runs.every((run) => run.id !== id)),
    rename: ({ id }, name) => void refresh(engine.rename(id, name)),
    pin: ({ id, step }, pinned) => void refresh(engine.pin(id, step, pinned)),
    forget(id) {
      const run = saved?.runs.find((one) => one.id === id)
      const forget = async () => {
        const undoable = await engine.forget(id)
        if (undoable && run) setDeleted((runs) => [...runs, run])
      }
      void refresh(forget())
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

/** The kept runs that another tab runs, looked up again and again: no event says when one is over. */
function useElsewhere(engine: Engine, saved: SavedRuns | null): ReadonlySet<string> {
  const [elsewhere, setElsewhere] = useState<ReadonlySet<string>>(new Set())
  useEffect(() => {
    if (saved === null) return
    let current = true
    const look = async () => {
      const running = await engine.running(saved.runs.map(({ id }) => id))
      if (current) setElsewhere((now) => (running.join() === [...now].join() ? now : new Set(running)))
    }
    void look()
    const timer = setInterval(look, LOOK_MILLISECONDS)
    return () => {
      current = false
      clearInterval(timer)
    }
  }, [engine, saved])
  return elsewhere
}
