import { ColloquyError } from '../errors'
import type { Peer } from '../model/peer'
import type { RunState } from './events'

/** Returns the fingerprints of the peers' models, by peer id. */
export function fingerprintsOf(peers: readonly Peer[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    peers.flatMap(({ id, fingerprint }) => (fingerprint === undefined ? [] : [[id, fingerprint]])),
  )
}

/**
 * Reads the parameters and moments of the holders of adapters (`adapterHolders`). Call it only to keep them:
 * they are large and cross from the peers' workers.
 */
export async function adaptersOf(holders: readonly Peer[]): Promise<RunState['adapters']> {
  const states = await Promise.all(holders.map((holder) => holder.adapterState()))
  return Object.fromEntries(holders.map(({ id }, i) => [id, states[i]]))
}

/**
 * Checks that a run continues with the models it began with.
 * @throws ColloquyError `storage` where a peer has another model, as far as both fingerprints are known
 */
export function requireModels(peers: readonly Peer[], { models = {} }: RunState, what: string): void {
  for (const { id, fingerprint } of peers) {
    const wanted = Object.hasOwn(models, id) ? models[id] : undefined
    if (wanted === undefined || fingerprint === undefined || wanted === fingerprint) continue
    throw new ColloquyError({
      code: 'storage',
      what,
      found: `other model files of ${id} (fingerprint ${fingerprint.slice(0, 8)})`,
      wanted: `the files that the run began with (${wanted.slice(0, 8)})`,
      todo: 'Put the model’s files back, or start the run again',
    })
  }
}

/**
 * Gives every holder its adapter.
 * @param what names the adapters' origin, e.g. `checkpoint of step 8`
 * @throws ColloquyError `storage` where an adapter is missing
 */
export async function restorePeers(
  holders: readonly Peer[],
  adapters: RunState['adapters'],
  what: string,
): Promise<void> {
  for (const { id } of holders)
    if (!Object.hasOwn(adapters, id))
      throw new ColloquyError({
        code: 'storage',
        what,
        found: `adapters of ${Object.keys(adapters).join(', ') || 'no peer'}`,
        wanted: `an adapter of ${id}`,
        todo: 'Start the run again',
      })
  await Promise.all(holders.map((holder) => holder.restore(adapters[holder.id])))
}
