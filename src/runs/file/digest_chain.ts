import { clipped } from '../../errors'
import { damaged } from './field'
import type { KeptEvent } from './run_record'

/** Digits of a digest that stand in a message. */
const SHOWN_DIGITS = 12

/**
 * Whether the digests that the steps tell are one chain, and the state's its last link. A link is made of all that the peers
 * wrote, of which a file holds a sample: no link can be made again here, that takes running the run. But a chain never has
 * the same link twice, does not begin anew, and ends where the run goes on from. Steps of runs that began before steps had
 * digests have none, at the beginning only.
 * @param digest of the state
 * @throws ColloquyError `storage` naming the step that does not fit
 */
export function checkChain(events: readonly KeptEvent[], part: string, digest: string): void {
  const links = new Map<string, number>()
  let last: { readonly step: number; readonly digest?: string } | null = null
  for (const event of events) {
    if (event.type !== 'step') continue
    last = event
    const field = `digest of step ${event.step}`
    if (event.digest === undefined) {
      if (links.size > 0) throw damaged(part, field, 'nothing', 'one, as the step before it has')
      continue
    }
    const known = links.get(event.digest)
    if (known !== undefined)
      throw damaged(part, field, `that of step ${known} once more`, 'one that no other step has')
    links.set(event.digest, event.step)
  }
  if (last?.digest !== undefined && last.digest !== digest)
    throw damaged(
      part,
      `digest of step ${last.step}`,
      clipped(last.digest, SHOWN_DIGITS),
      `${clipped(digest, SHOWN_DIGITS)}, which its state goes on from`,
    )
}
