import { ColloquyError } from '../errors'
import type { Peer } from '../model/peer'
import type { RunState } from './events'

/**
 * Gives every peer its adapter.
 * @param what names where they come from, e.g. `checkpoint of step 8`
 * @throws ColloquyError `storage` where a peer's is not among them
 */
export async function restorePeers(
  peers: readonly Peer[],
  adapters: RunState['adapters'],
  what: string,
): Promise<void> {
  for (const { id } of peers)
    if (!Object.hasOwn(adapters, id))
      throw new ColloquyError({
        code: 'storage',
        what,
        found: `adapters of ${Object.keys(adapters).join(', ') || 'no peer'}`,
        wanted: `one of ${id}`,
        todo: 'Start the run afresh',
      })
  await Promise.all(peers.map((peer) => peer.restore(adapters[peer.id])))
}
