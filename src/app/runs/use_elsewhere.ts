import { useEffect, useState } from 'preact/hooks'
import type { Engine, SavedRuns } from '../engine'

/** Between two looks at what other tabs do. */
export const LOOK_MILLISECONDS = 2000

/** Which of the kept runs another tab runs, looked at again and again: no event says when it is over. */
export function useElsewhere(engine: Engine, saved: SavedRuns | null): ReadonlySet<string> {
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
