import { ColloquyError } from '../errors'
import { type MakeHasher, portableHasher } from './hash'
import { DEFAULT_HUB } from './source'
import type { ModelStore } from './store'

/** Dependencies of a download: the store, the network and the clock. */
export interface HubContext {
  readonly store: ModelStore
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Address of the hub. */
  readonly hub: string
  /** Current time in milliseconds. */
  readonly now: () => number
  /** Rejects with the signal's reason when the signal aborts. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  readonly hasher: MakeHasher
  /** A connection that receives nothing for this long is given up. */
  readonly stallMilliseconds: number
  /**
   * Whether servers must allow that their files are read (CORS), as in pages. A server that does not allow it
   * looks unreachable.
   */
  readonly needsCors: boolean
}

export function hubContext(store: ModelStore, changes: Partial<Omit<HubContext, 'store'>> = {}): HubContext {
  return {
    store,
    fetch: (url, init) => fetch(url, init),
    hub: DEFAULT_HUB,
    now: () => performance.now(),
    sleep,
    hasher: portableHasher,
    stallMilliseconds: 30_000,
    needsCors: false,
    ...changes,
  }
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** Makes an error for a model file that is missing or could not be fetched. */
export function notFetched(
  what: string,
  found: string,
  wanted: string,
  todo: string,
  cause?: unknown,
): ColloquyError {
  return new ColloquyError({ code: 'download', what, found, wanted, todo }, { cause })
}

/** Makes an error for a model file that is damaged, or that a model lacks. */
export function badFile(what: string, found: string, wanted: string, todo: string): ColloquyError {
  return new ColloquyError({ code: 'model-file', what, found, wanted, todo })
}

/**
 * Checks the address of a hub.
 * @param todo what the reader of the error can do
 * @returns the address without a slash at the end
 * @throws ColloquyError `config` where the text is no such address
 */
export function hubAddress(text: string, todo: string): string {
  let url: URL | null = null
  try {
    url = new URL(text)
  } catch {
    // The error is thrown below.
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '')
    throw new ColloquyError({
      code: 'config',
      what: 'address of the hub',
      found: JSON.stringify(text),
      wanted: `a URL such as ${DEFAULT_HUB}`,
      todo,
    })
  return url.href.replace(/\/+$/, '')
}
