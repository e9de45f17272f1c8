import type { RunSummary } from '../../runs/checkpoint_layout'
import { METHOD_TITLES } from '../settings/settings'

/** The visitor's name of a kept run; without one, its preset, seed and method. */
export function runTitle({ name, config }: Pick<RunSummary, 'name' | 'config'>): string {
  if (name !== '') return name
  const method = config.method === 'ilr' ? '' : `, ${METHOD_TITLES[config.method].toLowerCase()}`
  return `${config.preset}, seed ${config.seed}${method}`
}

/** A clock that is corrected by seconds, as happens all the time, is not worth a word. */
const TOLERANCE = 60_000

/** When a run was saved, in milliseconds since 1970, to follow on other words about it; empty if that is not known (0). */
export function savedAtText(savedAt: number, now: number): string {
  if (savedAt <= 0) return ''
  const time = new Date(savedAt).toLocaleString()
  const ahead = savedAt > now + TOLERANCE
  return ahead ? `, ${time} by a clock that was ahead of this device’s clock now` : `, ${time}`
}
