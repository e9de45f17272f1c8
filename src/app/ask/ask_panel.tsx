import { useEffect, useMemo, useState } from 'preact/hooks'
import { isSameRun } from '../../runs/comparison'
import type { SavedRuns } from '../engine'
import type { Props as BodyProps } from './ask_body'

type Body = typeof import('./ask_body').AskBody

interface Props extends Omit<BodyProps, 'trainedSteps'> {
  /** The runs that this browser keeps; null until they are known. */
  readonly kept: SavedRuns | null
  readonly onError: (error: unknown) => void
}

/** A place for questions of the visitor's own. What it takes is loaded once the page stands. */
export function AskPanel({ kept, onError, ...props }: Props) {
  const { config } = props
  const trainedSteps = useMemo(
    () => kept?.runs.find((run) => isSameRun(run.config, config))?.step ?? null,
    [kept, config],
  )
  const [loaded, setLoaded] = useState<{ Body: Body } | null>(null)
  useEffect(() => {
    import('./ask_body').then(({ AskBody }) => setLoaded({ Body: AskBody }), onError)
  }, [onError])
  return (
    <section class="card ask" aria-labelledby="ask-title">
      <h2 id="ask-title">Ask the peers</h2>
      {loaded === null ? null : <loaded.Body {...props} trainedSteps={trainedSteps} />}
    </section>
  )
}
