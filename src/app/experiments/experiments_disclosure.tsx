import { useEffect, useRef, useState } from 'preact/hooks'
import { differences } from '../../runs/presets'
import { Button } from '../controls'
import { settingLabel, settingText } from '../settings/settings'
import { EXPERIMENTS, type Experiment, experimentConfig, SIZE } from './experiments'
import type { Experiments } from './use_experiments'

interface Props {
  readonly experiments: Experiments
  /** Whether a run is on. */
  readonly locked: boolean
}

/** A folded list of things to try, and what was set up last. */
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

interface ListProps {
  /** Whether a run is on: then nothing can be set up. */
  readonly locked: boolean
  readonly onSetUp: (experiment: Experiment) => void
}

/** All experiments, each with a button that fills the form in. */
function ExperimentList({ locked, onSetUp }: ListProps) {
  return (
    <>
      <p class="hint">
        Each is as large as a run of <code>docs/study.md</code>: {SIZE.steps} steps unless it says otherwise,{' '}
        {SIZE.questionsPerStep} questions a step, of which the disputed ones are discussed. Numbers are means
        over both peers and five seeds; yours is one run with one seed, and may come out another way.
      </p>
      <ul class="columns">
        {EXPERIMENTS.map((experiment) => (
          <li key={experiment.title}>
            <h3>{experiment.title}</h3>
            <p class="hint">{changeText(experiment)}</p>
            <p>{experiment.look}</p>
            <p class="quiet">{experiment.why}</p>
            <Button
              disabled={locked}
              aria-label={`Set it up: ${experiment.title}`}
              onClick={() => onSetUp(experiment)}
            >
              Set it up
            </Button>
          </li>
        ))}
      </ul>
    </>
  )
}

/** Its preset, and what it changes there besides what all of them change. */
function changeText(experiment: Experiment): string {
  const changed = differences(experimentConfig(experiment)).flatMap(([name, value]) =>
    name in SIZE && !(name in experiment.changes)
      ? []
      : `${settingLabel(name) ?? name}: ${settingText(name, value)}`,
  )
  return [`Preset: ${experiment.preset}`, ...changed].join(' · ')
}
