import { isAddress } from '../../../workers/browser/fetch_file'
import type { RunConfig } from '../../config/config'
import { knownPlan, remoteSource } from '../../hub/plan'
import { hostOf } from '../../hub/source'
import { askForYes, TERMINAL, type Terminal } from '../terminal'
import { nodeContext } from './get_models'
import type { ModelOptions } from './model_options'

/**
 * A run that somebody sent may name any host, so contacting one needs consent.
 * @throws ColloquyError `download` where they do not, or nobody can be asked
 */
export async function agreeToHosts(
  { peers, questionFile }: RunConfig,
  options: ModelOptions,
  terminal: Terminal = TERMINAL,
): Promise<void> {
  const context = nodeContext(options)
  const hosts = new Set<string>()
  for (const { source: text, dtype } of peers) {
    const source = remoteSource(text)
    if (source === null) continue
    const known = await knownPlan(source, context, { dtype })
    if (known?.bytes !== 0) hosts.add(hostOf(source, options.hub))
  }
  if (questionFile !== null && isAddress(questionFile)) hosts.add(hostOfAddress(questionFile))
  if (hosts.size === 0 || options.yes) return
  const named = [...hosts].join(', ')
  await askForYes(terminal, `The run in this file asks ${named} for what it needs. Let it?`, {
    what: '--resume',
    wanted: `consent to contact ${named}`,
    todo: 'Run something else, or say yes',
  })
}

function hostOfAddress(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address
}
