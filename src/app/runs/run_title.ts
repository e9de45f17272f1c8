import type { RunSummary } from '../../runs/checkpoint_layout'

/** What a kept run is called: as its visitor named it, or by what it does. */
export function runTitle({ name, config }: Pick<RunSummary, 'name' | 'config'>): string {
  if (name !== '') return name
  const method = config.method === 'ilr' ? '' : `, ${config.method}`
  return `${config.preset}, seed ${config.seed}${method}`
}
