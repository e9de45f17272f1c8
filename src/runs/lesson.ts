/** How a link makes a lesson of the page. Neither what a run does nor what a visitor has to agree to can be hidden. */
import { SETTING_NAMES, type SettingName } from '../config/setting_domain'

/** The panels that show a run, in the order of the page. */
export const RUN_PANELS = [
  'exchange',
  'curves',
  'skills',
  'ask',
  'compare',
  'try',
  'rewards',
  'interactions',
  'metrics',
  'prompts',
  'warnings',
  'runs',
] as const

export type RunPanel = (typeof RUN_PANELS)[number]

/**
 * Parts of the page. `models` is who takes part, `more` is all settings that are folded away, `share` and `lesson` are buttons.
 * No setting has the name of one.
 */
export const PANELS = ['settings', 'preset', 'models', 'more', 'share', 'lesson', ...RUN_PANELS] as const

/** The pages of the guided lesson, in their order: what each is about. */
export const LESSON_PAGES = [
  'policy',
  'rollouts',
  'reward',
  'advantage',
  'discussion',
  'calibration',
  'learned',
  'limits',
] as const

export type LessonPageName = (typeof LESSON_PAGES)[number]

export type Hideable = (typeof PANELS)[number] | SettingName

export interface Lesson {
  readonly hide: readonly Hideable[]
  /** Whether the run starts by itself, where there is nothing to be agreed to. */
  readonly autostart: boolean
  /** The page at which the guided lesson opens, 1 for the first; null where it stays closed. */
  readonly page: number | null
}

export const HIDEABLE: readonly Hideable[] = [...PANELS, ...SETTING_NAMES]

export function isHideable(name: string): name is Hideable {
  return HIDEABLE.some((known) => known === name)
}
