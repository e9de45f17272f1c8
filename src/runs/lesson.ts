/**
 * Options of a link that turn the page into a lesson. A link can hide neither a run's actions nor what the
 * visitor must agree to.
 */
import { SETTING_NAMES, type SettingName } from '../config/setting_domain'

/** Panels that show a run, in the order of the page. */
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
 * Parts of the page that a link can hide. `models` is the list of peers, `more` all folded settings; `share`
 * and `lesson` are buttons. No setting has one of these names.
 */
export const PANELS = ['settings', 'preset', 'models', 'more', 'share', 'lesson', ...RUN_PANELS] as const

/** Pages of the guided lesson, in order, named by their topic. */
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
  /** Whether the run starts by itself, unless the visitor must agree to something. */
  readonly autostart: boolean
  /** Page at which the guided lesson opens, from 1; null where it stays closed. */
  readonly page: number | null
}

export const HIDEABLE: readonly Hideable[] = [...PANELS, ...SETTING_NAMES]

export function isHideable(name: string): name is Hideable {
  return HIDEABLE.some((known) => known === name)
}
