import { ColloquyError } from '../errors'
import { type MakeHasher, portableHasher } from './hash'
import { DEFAULT_HUB } from './source'
import type { ModelStore } from './store'

/** What downloading needs of the world. */
export interface HubContext {
  readonly store: ModelStore
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** The hub's address. */
  readonly hub: string
  /** Milliseconds. */
  readonly now: () => number
  /** Rejects with the signal's reason where that aborts. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  readonly hasher: MakeHasher
  /** A connection on which nothing comes for this long is given up. */
  readonly stallMilliseconds: number
  /** Whether a server has to allow that its files are read (CORS), as in pages; one that does not looks like one that is not there. */
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

/** A model file is not here or could not be fetched. */
export function notFetched(
  what: string,
  found: string,
  wanted: string,
  todo: string,
  cause?: unknown,
): ColloquyError {
  return new ColloquyError({ code: 'download', what, found, wanted, todo }, { cause })
}

/** A model file is not what it should be, or a model lacks it. */
export function badFile(what: string, found: string, wanted: string, todo: string): ColloquyError {
  return new ColloquyError({ code: 'model-file', what, found, wanted, todo })
}

/**
 * @param todo what whoever reads the error can do about it
 * @returns the address without a slash at the end
 * @throws ColloquyError `config` where it is none
 */
export function hubAddress(text: string, todo: string): string {
  let url: URL | null = null
  try {
    url = new URL(text)
  } catch {
    // Told below.
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
