/** Names of entries, checks of their integrity, and errors about them. */

import type { RunConfig } from '../config/config'
import { readRunConfig } from '../config/migrations'
import { ColloquyError } from '../errors'
import { extendDigest, jsonBytes, textBytes } from '../ilr/digest_chain'
import type { RunState } from '../ilr/events'
import { f32Bytes } from '../part_hash'
import { ENTRY_VERSION, type Head, type RunSummary } from './checkpoint_layout'

/** Never change it: stored runs would not be found under other names. */
const NAME_START = 'colloquy-1'

/** Returns the id under which a run of this configuration is stored. */
export function runId(config: RunConfig): Promise<string> {
  return extendDigest(NAME_START, [jsonBytes(config)])
}

export function label(id: string): string {
  return `saved run ${id.slice(0, 8)}`
}

/**
 * Checks an entry's head.
 * @param found number of events stored for the entry
 * @throws ColloquyError `storage` where the entry is damaged or of another layout
 */
export function checkedHead(head: Head, found: number): RunSummary {
  if (head.version !== ENTRY_VERSION)
    throw new ColloquyError({
      code: 'storage',
      what: label(head.id),
      found: `layout ${head.version}`,
      wanted: `layout ${ENTRY_VERSION}`,
      todo: 'Delete it and start the run again',
    })
  const { id, name, step, ended, savedAt, checkpoints } = head
  // Readable configurations of earlier versions were migrated when the store was opened.
  const config = readRunConfig(head.config, [])
  const whole =
    Number.isSafeInteger(step) &&
    typeof ended === 'boolean' &&
    Array.isArray(checkpoints) &&
    checkpoints.at(-1)?.step === step
  if (!whole) throw damage(id)
  const wanted = checkpoints[checkpoints.length - 1].eventCount
  if (found !== wanted) throw damage(id, `${found} of its ${wanted} events`)
  const entries = checkpoints.map((entry) => ({ step: entry.step, pinned: entry.pinned }))
  return { id, config, name, step, ended, savedAt, checkpoints: entries }
}

export function checkOf(state: RunState): Promise<string> {
  const { adapters, best, digest, ...rest } = state
  const parts = [adapters, best?.adapters ?? {}].flatMap((kept) =>
    Object.keys(kept)
      .sort()
      .flatMap((peer) => {
        const { updates, parameters, firstMoments, secondMoments } = kept[peer]
        return [
          textBytes(`${peer} ${updates}`),
          ...[parameters, firstMoments, secondMoments].flatMap((layers) => layers.map(f32Bytes)),
        ]
      }),
  )
  const scores = best && { step: best.step, accuracy: best.accuracy, age: best.age }
  return extendDigest(digest, [jsonBytes({ ...rest, best: scores }), ...parts])
}

/**
 * Returns a stored state without the field `references` of earlier versions: uncertainties that difficulty
 * was ranked among. It counts in the check of the stored state.
 */
export function currentState(stored: RunState & { readonly references?: unknown }): RunState {
  const { references: _, ...state } = stored
  return state
}

/** The store's name for visitors. */
export const KEPT_RUNS = 'kept runs'

export function damage(id: string, found = 'a damaged entry'): ColloquyError {
  return storage(label(id), found, 'Delete it and start the run again')
}

export function storage(what: string, found: string, todo: string, cause?: unknown): ColloquyError {
  return new ColloquyError(
    { code: 'storage', what, found, wanted: 'a usable checkpoint store', todo },
    { cause },
  )
}

/** Whether a browser's error means that the page may store nothing, as Chromium and Firefox report it. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof DOMException)) return false
  return error.name === 'SecurityError' || (error.name === 'UnknownError' && /denied/i.test(error.message))
}

export function refusedStore(cause: unknown): ColloquyError {
  return storage(
    KEPT_RUNS,
    'a browser that lets this page keep nothing',
    'Allow this site to keep data, and reload the page. Until then a run lasts as long as the page is open',
    cause,
  )
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError'
}

/** Whether this is an error of `typed` for a full store. */
export function isFullStore(error: unknown): boolean {
  return error instanceof ColloquyError && isFull(error.cause)
}

/** Makes the error for a failed use of the store; `what` was to be read or written. */
export function typed(what: string, error: unknown): ColloquyError {
  if (error instanceof ColloquyError) return error
  const name = error instanceof Error || error instanceof DOMException ? error.name : 'Error'
  if (isFull(error))
    return storage(what, 'no space left for this site', 'Delete kept runs, or free disk space', error)
  if (name === 'VersionError')
    return storage(what, 'a database of a newer Colloquy', 'Reload the page to get the newer version', error)
  return storage(
    what,
    `${name}: ${error instanceof Error ? error.message : String(error)}`,
    'Reload the page',
    error,
  )
}
