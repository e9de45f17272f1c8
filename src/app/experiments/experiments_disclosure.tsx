import { useEffect, useRef, useState } from 'preact/hooks'
import type { Experiments } from './use_experiments'

type Loaded = Pick<typeof import('./experiment_list'), 'ExperimentList'> &
  Pick<typeof import('./experiments'), 'experimentConfig'>

interface Props {
  readonly experiments: Experiments
  /** Whether a run is on. */
  readonly locked: boolean
  readonly onError: (error: unknown) => void
}

/** What a visitor could try, folded away until it is asked for, and loaded then; and what was set up last. */
export function ExperimentsDisclosure({ experiments, locked, onError }: Props) {
  const [loaded, setLoaded] = useState<Loaded | null>(null)
  const [open, setOpen] = useState(false)
  const load = async () => {
    try {
      const [{ ExperimentList }, { experimentConfig }] = await Promise.all([
        import('./experiment_list'),
        import('./experiments'),
      ])
      setLoaded({ ExperimentList, experimentConfig })
    } catch (error) {
      onError(error)
    }
  }
  const { setUp } = experiments
  const whole = useRef<HTMLElement>(null)
  // The list that was pressed in folds, and leaves the view somewhere below.
  useEffect(() => {
    if (setUp !== null) whole.current?.scrollIntoView({ block: 'nearest' })
  }, [setUp])
  return (
    <section class="experiments" aria-label="Things to try" ref={whole}>
      <details
        open={open}
        onToggle={({ currentTarget }) => {
          setOpen(currentTarget.open)
          if (currentTarget.open && loaded === null) void load()
        }}
      >
        <summary>You could try…</summary>
        {loaded === null ? (
          <p class="hint">Loading …</p>
        ) : (
          <loaded.ExperimentList
            locked={locked}
            onSetUp={(experiment) => {
              setOpen(false)
              experiments.take(experiment, loaded.experimentConfig(experiment))
            }}
          />
        )}
      </details>
      <div role="status">
        {setUp === null ? null : (
          <div class="experiment-set-up">
            <p>
              <strong>{setUp.experiment.title}</strong>{' '}
              <span class="quiet">is set up. Changed: {setUp.changed}.</span>
            </p>
            <p>
              {setUp.experiment.look}
              {setUp.compared ? ' The run you had stays beside it in the charts, dotted.' : ''}
            </p>
          </div>
        )}
      </div>
    </section>
  )
}
