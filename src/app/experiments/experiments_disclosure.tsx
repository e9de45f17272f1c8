import { useEffect, useRef, useState } from 'preact/hooks'
import { differingSettings } from '../../config/comparison'
import type { RunConfig } from '../../config/config'
import { differences } from '../../config/presets'
import { Button } from '../controls'
import { focusPrimaryButton } from '../document'
import type { Page } from '../page'
import { settingsOf, settingsText } from '../settings/settings'
import { EXPERIMENTS, type Experiment, experimentConfig, SIZE } from './experiments'

type SetUp = Readonly<{ experiment: Experiment; config: RunConfig; changed: string; compared: boolean }>

export function ExperimentsDisclosure({ page }: { readonly page: Page }) {
  const { settings, planned, run, comparison } = page
  const [taken, setTaken] = useState<SetUp | null>(null)
  // As long as the form is as the experiment has it.
  const setUp = taken !== null && planned !== null && isAsSetUp(planned, taken.config) ? taken : null
  const whole = useRef<HTMLElement>(null)
  const list = useRef<HTMLDetailsElement>(null)
  // The list that was pressed in folds, and leaves the view somewhere below.
  useEffect(() => {
    if (setUp !== null) whole.current?.scrollIntoView({ block: 'nearest' })
  }, [setUp])
  /** Fills the form in; a run of the same preset that is in view stays beside the one to come. */
  const take = (experiment: Experiment) => {
    const before = planned ?? settings.base
    const config = { ...experimentConfig(experiment), backend: settings.base.backend, seed: before.seed }
    const compared = run.config?.preset === config.preset && run.evals.length > 0
    if (compared && run.config !== null) comparison.withPresent(run.config)
    const changed =
      settingsText(differingSettings(before, config), config) || 'nothing: it was all set already'
    setTaken({ experiment, config, changed, compared })
    page.setSettings(settingsOf(config))
    list.current?.removeAttribute('open')
    focusPrimaryButton()
  }
  return (
    <section class="experiments" aria-label="Things to try" ref={whole}>
      <details ref={list}>
        <summary>You could try…</summary>
        <p class="hint">
          Each is as large as a run of <code>docs/study.md</code>: {SIZE.steps} steps unless it says
          otherwise, {SIZE.questionsPerStep} questions a step, of which the disputed ones are discussed.
          Numbers are means over both peers and five seeds; yours is one run with one seed, and may come out
          another way.
        </p>
        <ul class="columns">
          {EXPERIMENTS.map((experiment) => (
            <li key={experiment.title} class="card">
              <h3>{experiment.title}</h3>
              <p class="hint">{changeText(experiment)}</p>
              <p>{experiment.look}</p>
              <p class="quiet">{experiment.why}</p>
              <Button
                disabled={!page.over}
                aria-label={`Set it up: ${experiment.title}`}
                onClick={() => take(experiment)}
              >
                Set it up
              </Button>
            </li>
          ))}
        </ul>
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

/** Its preset, and what it changes there besides what all of them change. */
function changeText(experiment: Experiment): string {
  const config = experimentConfig(experiment)
  const changed = differences(config).map(([name]) => name)
  const told = changed.filter((name) => !(name in SIZE) || name in experiment.changes)
  return settingsText(['preset', ...told], config)
}

/** Seed and backend are the visitor’s own choice. */
function isAsSetUp(planned: RunConfig, config: RunConfig): boolean {
  return differingSettings(planned, config).every((name) => name === 'seed' || name === 'backend')
}
