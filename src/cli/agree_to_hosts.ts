import { isAddress } from '../../workers/fetch_text'
import { ColloquyError } from '../errors'
import { knownPlan, remoteSource } from '../hub/plan'
import { hostOf } from '../hub/source'
import type { RunConfig } from '../runs/config'
import { nodeContext, TERMINAL, type Terminal } from './get_models'
import type { ModelOptions } from './model_options'

/**
 * A run that somebody sent may name any host: before one is asked for anything, whoever runs it has to agree.
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
  const answer = await terminal.ask(`The run in this file asks ${named} for what it needs. Let it? [y/N] `)
  if (answer !== null && /^y(es)?$/i.test(answer.trim())) return
  throw new ColloquyError({
    code: 'download',
    what: '--resume',
    found: answer === null ? 'nobody to ask (no terminal)' : 'a no',
    wanted: `a yes to asking ${named}`,
    todo: answer === null ? 'Say --yes' : 'Run something else, or say yes',
  })
}

function hostOfAddress(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address
}
