import { clipped } from '../../errors'
import { damaged } from './field'
import type { KeptEvent } from './run_record'

/** Digits of a digest in a message. */
const SHOWN_DIGITS = 12

/**
 * Checks that the digests of the steps form one chain, which ends with the state's digest. A link covers
 * everything the peers wrote, and the file holds only a sample, so links cannot be recomputed without running
 * the run. But a chain has no link twice, has no gaps, and ends with the state's digest. Steps from before
 * steps had digests may lack them, only at the beginning.
 * @param digest digest of the state
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
      if (links.size > 0) throw damaged(part, field, 'nothing', 'a digest, as the step before it has')
      continue
    }
    const known = links.get(event.digest)
    if (known !== undefined)
      throw damaged(part, field, `the digest of step ${known} again`, 'one that no other step has')
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
