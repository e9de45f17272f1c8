import type { RunConfig } from '../../config/config'
import { ColloquyError } from '../../errors'
import { discusses, heardTokens, mannerOf, type Outlines, positionsOf } from './run_memory'

/**
 * Refuses a run in which a peer could not read what another kind of peer writes: the embedded ones, which read 320 tokens, beside
 * an instructed model, whose ideas take nearly as many. Peers that nothing is known of are passed over.
 * @throws ColloquyError `config`
 */
export function requireListeners(config: RunConfig, outlines: Outlines): void {
  if (!discusses(config)) return
  const known = config.peers.filter(({ id }) => Object.hasOwn(outlines, id))
  const talkers = known.filter(({ id }) => mannerOf(config, outlines, id).manner !== 'plain')
  if (talkers.length === 0) return
  for (const { id } of known) {
    const [heard, positions] = [heardTokens(config, outlines, id), positionsOf(outlines, id)]
    if (mannerOf(config, outlines, id).manner !== 'plain' || heard < positions) continue
    throw new ColloquyError({
      code: 'config',
      what: `peer ${id} beside ${talkers.map((talker) => talker.id).join(' and ')}`,
      found: `a model that reads ${positions} tokens, where a discussion with an instructed model has ${heard} and more`,
      wanted: 'peers that can read what the others write',
      todo: `Give ${id} a larger model, too, or take small ones only`,
    })
  }
}
