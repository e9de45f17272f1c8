import { differences } from '../../runs/presets'
import { settingLabel, settingText } from '../settings/settings'
import { EXPERIMENTS, type Experiment, experimentConfig, SIZE } from './experiments'

interface Props {
  /** Whether a run is on: then nothing can be set up. */
  readonly locked: boolean
  readonly onSetUp: (experiment: Experiment) => void
}

/** All experiments, each with a button that fills the form in. */
export function ExperimentList({ locked, onSetUp }: Props) {
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
            <button
              type="button"
              class="button"
              disabled={locked}
              aria-label={`Set it up: ${experiment.title}`}
              onClick={() => onSetUp(experiment)}
            >
              Set it up
            </button>
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
