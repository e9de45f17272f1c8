import { useCallback, useRef } from 'preact/hooks'
import type { RunConfig } from '../config/config'
import type { SavedRun } from '../runs/checkpoints'
import { focusPrimaryButton } from './document'
import type { Models } from './models/use_models'
import type { Portion, Session } from './session'
import { configOf, type Settings, settingsOf } from './settings/settings'
import type { Consent } from './sharing/consent'

interface Parts {
  readonly session: Session
  readonly settings: Settings
  readonly models: Models
  readonly consent: Consent
  /** Called with a run that did not come from the form, which then shows it. */
  readonly onSettings: (settings: Settings) => void
  readonly onStarted: (config: RunConfig) => void
}

export type Learning = ReturnType<typeof useLearning>

/** Starts runs once their models are here and their servers agreed to. Shows what goes wrong. */
export function useLearning({ session, settings, models, consent, onSettings, onStarted }: Parts) {
  const asking = useRef({ models, consent })
  asking.current = { models, consent }
  // One function for the life of the page: with another one its panels would be drawn again, with every word of a run.
  const prepared = useCallback(async (config: RunConfig) => {
    const now = asking.current
    return (await now.models.ready(config)) && (await now.consent.agreed(config))
  }, [])
  /** @returns whether it has started */
  const begin = async (config: () => RunConfig, from: SavedRun | null, portion: Portion | null) => {
    try {
      const wanted = config()
      if (!(await prepared(wanted))) return false
      session.start(wanted, from, portion, models.places)
      onStarted(wanted)
      return true
    } catch (error) {
      session.refuse(error)
      return false
    }
  }
  return {
    /** Returns whether a run can start: its models are here and its servers agreed to. Asks the visitor. @throws as `Models.ready` */
    prepared,
    /** Starts the run of the form; stops after `portion` if one is given. */
    async start(portion: Portion | null) {
      await begin(() => configOf(settings), null, portion)
    },
    /** Starts a run that the form then shows; continues `from` and stops after `portion` if these are given. */
    async startThat(wanted: RunConfig, from: SavedRun | null, portion: Portion | null = null) {
      onSettings(settingsOf(wanted))
      // The button that was pressed goes away: the keyboard goes on from the one that pauses.
      if (await begin(() => wanted, from, portion)) focusPrimaryButton()
    },
  }
}
