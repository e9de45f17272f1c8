/** A frame on another site's page runs only what comes with the page, so nobody has to agree to anything. */

import type { RunConfig } from '../../config/config'
import { ColloquyError } from '../../errors'
import { readLink } from '../../runs/share_link'
import { comesWithPage } from '../models/peer_choice'
import { IN_A_FRAME } from '../problem_text'

/**
 * Returns the run of an embed's address, from `#` on; null if it has none, and the recording plays.
 * @throws ColloquyError `config` if the link cannot be read, or its run needs more than comes with the page
 */
export function embeddedRun(hash: string): RunConfig | null {
  const config = readLink(hash)?.shared?.config ?? null
  const found = config && neededFromElsewhere(config)
  if (found === null) return config
  throw new ColloquyError({
    code: 'config',
    what: IN_A_FRAME,
    found,
    wanted: 'models and questions that come with this page',
    todo: 'Open the full page',
  })
}

/** Returns a model or question file that does not come with the page; null if the run needs none. */
export function neededFromElsewhere({ peers, questionFile }: RunConfig): string | null {
  return peers.find(({ source }) => !comesWithPage(source))?.source ?? questionFile
}

/** Returns HTML that shows a run in a frame, from the address of the full page and the link from `#` on. */
export function frameOf(page: string, link: string): string {
  const address = new URL(`embed.html${link}`, page).href
  return `<iframe src="${address}" title="Colloquy: two tiny AIs teach each other" width="100%" height="720" loading="lazy"></iframe>`
}
