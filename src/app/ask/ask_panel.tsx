import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { isSameRun } from '../../runs/comparison'
import type { SavedRuns } from '../engine'
import type { Asked } from './use_inquiry'

/** Pixels from the edge of what is in sight. */
const NEAR = 200

type Body = typeof import('./ask_body').AskBody

interface Props extends Omit<Asked, 'trainedSteps'> {
  /** The runs that this browser keeps; null until they are known. */
  readonly kept: SavedRuns | null
  readonly onError: (error: unknown) => void
}

/** A place for questions of the visitor's own. What it takes is loaded when it is nearly in sight. */
export function AskPanel({ kept, onError, ...props }: Props) {
  const { config } = props
  const trainedSteps = useMemo(
    () => kept?.runs.find((run) => isSameRun(run.config, config))?.step ?? null,
    [kept, config],
  )
  const [loaded, setLoaded] = useState<{ Body: Body } | null>(null)
  const place = useRef<HTMLElement>(null)
  useEffect(() => {
    if (place.current === null) return
    const observer = new IntersectionObserver(
      ([{ isIntersecting }]) => {
        if (!isIntersecting) return
        observer.disconnect()
        import('./ask_body').then(({ AskBody }) => setLoaded({ Body: AskBody }), onError)
      },
      { rootMargin: `${NEAR}px` },
    )
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [onError])
  return (
    <section class="card ask" ref={place} aria-labelledby="ask-title">
      <h2 id="ask-title">Ask the peers</h2>
      {loaded === null ? null : <loaded.Body {...props} trainedSteps={trainedSteps} />}
    </section>
  )
}
