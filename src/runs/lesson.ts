/** How a link trims the page. Neither what a run does nor what a visitor has to agree to can be hidden. */
import { SETTING_NAMES, type SettingName } from './setting_domain'

/**
 * Parts of the page. `models` is who takes part, `more` is all settings that are folded away. No setting has
 * the name of one.
 */
export const PANELS = [
  'settings',
  'preset',
  'models',
  'more',
  'share',
  'exchange',
  'curves',
  'interactions',
  'skills',
  'warnings',
  'metrics',
] as const

export type Hideable = (typeof PANELS)[number] | SettingName

export interface Lesson {
  readonly hide: readonly Hideable[]
  /** Whether the run starts by itself, where there is nothing to be agreed to. */
  readonly autostart: boolean
}

export const HIDEABLE: readonly Hideable[] = [...PANELS, ...SETTING_NAMES]

export function isHideable(name: string): name is Hideable {
  return HIDEABLE.some((known) => known === name)
}
