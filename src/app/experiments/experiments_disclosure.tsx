import { useEffect, useRef, useState } from 'preact/hooks'
import { ExperimentList } from './experiment_list'
import { experimentConfig } from './experiments'
import type { Experiments } from './use_experiments'

interface Props {
  readonly experiments: Experiments
  /** Whether a run is on. */
  readonly locked: boolean
}

/** What a visitor could try, folded away, and what was set up last. */
export function ExperimentsDisclosure({ experiments, locked }: Props) {
  const [open, setOpen] = useState(false)
  const { setUp } = experiments
  const whole = useRef<HTMLElement>(null)
  // The list that was pressed in folds, and leaves the view somewhere below.
  useEffect(() => {
    if (setUp !== null) whole.current?.scrollIntoView({ block: 'nearest' })
  }, [setUp])
  return (
    <section class="experiments" aria-label="Things to try" ref={whole}>
      <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>You could try…</summary>
        <ExperimentList
          locked={locked}
          onSetUp={(experiment) => {
            setOpen(false)
            experiments.take(experiment, experimentConfig(experiment))
          }}
        />
      </details>
      <div role="status">
        {setUp === null ? null : (
          <div class="notice experiment-set-up">
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
