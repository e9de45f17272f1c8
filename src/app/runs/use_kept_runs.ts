import { useEffect, useState } from 'preact/hooks'
import { isSameRun } from '../../config/comparison'
import type { RunConfig } from '../../config/config'
import type { RunSummary } from '../../runs/checkpoint_layout'
import type { SavedRun } from '../../runs/checkpoints'
import type { Engine, SavedRuns } from '../engine'
import { METHOD_TITLES } from '../settings/settings'
import { type Problem, problemOf } from '../state'

/** Between two looks at what other tabs do. */
const LOOK_MILLISECONDS = 2000

/** What is kept of a run; null where nothing is, or it is not known yet. */
export function keptRun(saved: SavedRuns | null, config: RunConfig): RunSummary | null {
  return saved?.runs.find((run) => isSameRun(run.config, config)) ?? null
}

export type Kept = ReturnType<typeof useKeptRuns>

/**
 * Reads the kept runs when the page opens, when a run begins or ends, and with every checkpoint. Retries after a failure:
 * another tab that holds them may be closed.
 */
export function useKeptRuns(
  engine: Engine,
  over: boolean,
  checkpoint: number | null,
  onError: (error: unknown) => void,
) {
  const [saved, setSaved] = useState<SavedRuns | null>(null)
  const [trouble, setTrouble] = useState<Problem | null>(null)
  const [deleted, setDeleted] = useState<readonly RunSummary[]>([])
  const [version, setVersion] = useState(0)
  const refresh = () => setVersion((last) => last + 1)
  // The run that is on here is no other tab's.
  const elsewhere = useElsewhere(engine, over ? saved : null)
  useEffect(() => {
    let current = true
    let later: ReturnType<typeof setTimeout> | undefined
    engine.savedRuns().then(
      (found) => {
        if (!current) return
        setSaved(found)
        setTrouble(null)
      },
      (error) => {
        if (!current) return
        setTrouble(problemOf(error))
        later = setTimeout(refresh, LOOK_MILLISECONDS)
      },
    )
    return () => {
      current = false
      clearTimeout(later)
    }
  }, [engine, over, checkpoint, version])

  const change = (work: Promise<unknown>) => void work.catch(onError).then(refresh)
  return {
    saved,
    trouble,
    elsewhere,
    /** Deleted since the page was opened, and not taken back. */
    deleted: deleted.filter(({ id }) => saved?.runs.every((run) => run.id !== id)),
    rename: ({ id }: RunSummary, name: string) => change(engine.rename(id, name)),
    pin: ({ id, step }: RunSummary, pinned: boolean) => change(engine.pin(id, step, pinned)),
    /** Deletes one, whole or damaged, until `restore`. */
    forget(id: string) {
      const run = saved?.runs.find((one) => one.id === id)
      const forgotten = engine.forget(id).then((undoable) => {
        if (undoable && run) setDeleted((runs) => [...runs.filter((one) => one.id !== id), run])
      })
      change(forgotten)
    },
    restore: ({ id }: RunSummary) => change(engine.restore(id)),
    refresh,
    open: ({ id }: RunSummary, act: (run: SavedRun) => void) => engine.kept(id).then(act).catch(onError),
  }
}

/** Returns the kept runs that another tab runs. Polls: no event says when one ends. */
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

/** The visitor's name of a kept run; without one, its preset, seed and method. */
export function runTitle({ name, config }: Pick<RunSummary, 'name' | 'config'>): string {
  if (name !== '') return name
  const method = config.method === 'ilr' ? '' : `, ${METHOD_TITLES[config.method].toLowerCase()}`
  return `${config.preset}, seed ${config.seed}${method}`
}

/** Clocks are corrected by seconds all the time; that needs no remark. */
const TOLERANCE = 60_000

/** Returns when a run was saved, as an appendix to other words; empty if that is not known (0). */
export function savedAtText(savedAt: number, now: number): string {
  if (savedAt <= 0) return ''
  const time = new Date(savedAt).toLocaleString()
  const ahead = savedAt > now + TOLERANCE
  return ahead ? `, ${time} by a clock that was ahead of this device’s clock now` : `, ${time}`
}
