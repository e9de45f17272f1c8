import { useMemo, useState } from 'preact/hooks'
import { differingSettings } from '../../runs/comparison'
import type { RunConfig } from '../../runs/config'
import type { Comparison } from '../comparison/use_comparison'
import { focusPrimaryButton } from '../run_bar'
import { type Settings, settingLabel, settingsOf, settingText } from '../settings/settings'
import type { ViewState } from '../state'
import type { Experiment } from './experiments'

interface Parts {
  /** What the form shows, and the run that it makes; null where it makes none. */
  readonly settings: Settings
  readonly planned: RunConfig | null
  /** The visitor's run. */
  readonly run: Pick<ViewState, 'config' | 'evals'>
  readonly comparison: Comparison
  readonly onSettings: (settings: Settings) => void
}

/** An experiment that is set up. */
export interface SetUp {
  readonly experiment: Experiment
  /** What it changed in the form, in words. */
  readonly changed: string
  /** Whether the run that was in view stays beside it. */
  readonly compared: boolean
}

export interface Experiments {
  /** As long as the form is as the experiment has it. */
  readonly setUp: SetUp | null
  /** Fills the form in; a run of the same preset that is in view stays beside the one to come. */
  take(experiment: Experiment, config: RunConfig): void
}

export function useExperiments({ settings, planned, run, comparison, onSettings }: Parts): Experiments {
  const [taken, setTaken] = useState<(SetUp & { readonly config: RunConfig }) | null>(null)
  // Tokens come many times a second, settings do not change with them.
  const setUp = useMemo(
    () => (taken !== null && planned !== null && isAsSetUp(planned, taken.config) ? taken : null),
    [taken, planned],
  )
  return {
    setUp,
    take(experiment, wanted) {
      const before = planned ?? settings.base
      const config = { ...wanted, backend: settings.backend, seed: before.seed }
      const changes = differingSettings(before, config).map(
        (name) => `${settingLabel(name) ?? name}: ${settingText(name, config[name])}`,
      )
      const compared = run.config?.preset === config.preset && run.evals.length > 0
      if (compared && run.config !== null) comparison.withPresent(run.config)
      const changed = changes.length === 0 ? 'nothing: it was all set already' : changes.join(' · ')
      setTaken({ experiment, changed, compared, config })
      onSettings(settingsOf(config))
      focusPrimaryButton()
    },
  }
}

/** What computes, and from which seed, is the visitor's own choice. */
function isAsSetUp(planned: RunConfig, config: RunConfig): boolean {
  return differingSettings(planned, config).every((name) => name === 'seed' || name === 'backend')
}
