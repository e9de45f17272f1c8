/** Writes and reads a run's state as JSON, without its arrays. */

import type { RunConfig } from '../../config/config'
import { adapterIds } from '../../config/training'
import type { RunState } from '../../ilr/events'
import type { AdapterState } from '../../model/peer'
import { z } from '../../schema'
import { chainName, checkedBy, checkPeers, count, damaged, perPeer, sha256, share } from './field'

const stateSchema = z.strictObject({
  step: count,
  digest: sha256,
  chain: chainName.optional(),
  models: z.record(z.string(), sha256).optional(),
  numTokens: count,
  trainedTokens: count,
  generatedTokens: count,
  ability: perPeer(share),
  /** Up to version 2: uncertainties that difficulty was ranked among. Nothing reads them. */
  references: z.unknown().optional(),
  updates: perPeer(count),
  best: z
    .strictObject({ step: count, accuracy: share, age: count, updates: perPeer(count).nullable() })
    .nullable(),
  due: z
    .array(z.enum(['ability', 'accuracy']))
    .max(2)
    .optional(),
  ended: z.enum(['steps', 'budget', 'early-stop']).nullable(),
})

/** The numbers of a state, with each adapter's count of updates in place of its arrays. */
export type StateJson = Omit<z.infer<typeof stateSchema>, 'references'>

export function stateJson({ adapters, best, ...state }: RunState): unknown {
  const updates = (of: Readonly<Record<string, AdapterState>>) =>
    Object.fromEntries(Object.entries(of).map(([peer, adapter]) => [peer, adapter.updates]))
  const { adapters: kept, ...score } = best ?? { adapters: null }
  return {
    ...state,
    updates: updates(adapters),
    best: best && { ...score, updates: kept && updates(kept) },
  }
}

/**
 * Checks a state for itself and against the configuration.
 * @throws ColloquyError `storage` naming the field at fault
 */
export function readStateJson(value: unknown, part: string, config: RunConfig): StateJson {
  const { references: _, ...state } = checkedBy(stateSchema, value, part)
  const { step, ended, best, ability, updates } = state
  const peers = config.peers.map(({ id }) => id)
  checkPeers(peers, { ability }, part)
  checkPeers(adapterIds(config), { updates, 'best.updates': best?.updates }, part)
  if (step > config.steps)
    throw damaged(part, 'step', String(step), `at most the run's ${config.steps} steps`)
  if (ended === 'steps' && step < config.steps)
    throw damaged(part, 'ended', String(ended), `what a run is at step ${step} of ${config.steps}`)
  if (best !== null && best.step > step)
    throw damaged(part, 'best.step', String(best.step), `at most step ${step}`)
  if (best !== null && (best.updates !== null) !== config.loadBestModelAtEnd)
    throw damaged(
      part,
      'best.updates',
      best.updates === null ? 'null' : 'adapters',
      config.loadBestModelAtEnd ? 'the best adapters' : 'null',
    )
  return state
}
