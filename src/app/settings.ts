/** The visitor's settings as they are typed, and the run configuration they make. */
import { parseRunConfig, type RunConfig } from '../runs/config'
import type { PresetChoice } from './engine'

export type NumberSetting =
  | 'seed'
  | 'steps'
  | 'questionsPerStep'
  | 'numGenerations'
  | 'learningRate'
  | 'abilityQuestions'
  | 'evalEvery'
  | 'evalSize'
  | 'checkpointEvery'

export interface Settings {
  readonly preset: string
  readonly backend: RunConfig['backend']
  /** As typed, so that a wrong entry can be shown back. */
  readonly numbers: Readonly<Record<NumberSetting, string>>
}

/** Label and explanation of each number; the first two are always in sight. */
export const NUMBER_SETTINGS: readonly {
  readonly name: NumberSetting
  readonly label: string
  readonly hint: string
}[] = [
  { name: 'seed', label: 'Seed', hint: 'the same seed gives the same run' },
  { name: 'steps', label: 'Steps', hint: 'updates of each peer' },
  { name: 'questionsPerStep', label: 'Questions per step', hint: 'discussed before each update' },
  { name: 'numGenerations', label: 'Rollouts per group', hint: 'tries per peer, question and stage' },
  { name: 'learningRate', label: 'Learning rate', hint: 'how far each update goes' },
  { name: 'abilityQuestions', label: 'Ability questions', hint: 'validation questions that measure ability' },
  { name: 'evalEvery', label: 'Test every', hint: 'steps between held-out tests' },
  { name: 'evalSize', label: 'Test size', hint: 'held-out questions per test' },
  { name: 'checkpointEvery', label: 'Save every', hint: 'steps between checkpoints' },
]

export function settingsOf(config: RunConfig): Settings {
  const numbers = Object.fromEntries(NUMBER_SETTINGS.map(({ name }) => [name, String(config[name])]))
  return {
    preset: config.preset,
    backend: config.backend,
    numbers: numbers as Record<NumberSetting, string>,
  }
}

/**
 * The preset with the visitor's changes.
 * @throws ColloquyError `config` naming the setting at fault and showing what was typed.
 */
export function configOf(settings: Settings, preset: PresetChoice): RunConfig {
  const numbers: Record<string, number | string> = {}
  for (const { name } of NUMBER_SETTINGS) {
    const typed = settings.numbers[name].trim()
    const value = Number(typed)
    numbers[name] = typed === '' || Number.isNaN(value) ? typed : value
  }
  return parseRunConfig({ ...preset.config, backend: settings.backend, ...numbers })
}
