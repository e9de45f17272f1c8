import type { RunSummary } from '../../runs/checkpoint_layout'
import { METHOD_TITLES } from '../settings/settings'

/** The visitor's name of a kept run; without one, its preset, seed and method. */
export function runTitle({ name, config }: Pick<RunSummary, 'name' | 'config'>): string {
  if (name !== '') return name
  const method = config.method === 'ilr' ? '' : `, ${METHOD_TITLES[config.method].toLowerCase()}`
  return `${config.preset}, seed ${config.seed}${method}`
}
