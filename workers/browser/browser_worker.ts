import { type Endpoint, expose } from 'comlink'
import type { WorkerPort } from '../supervised'
import type { ReadyMessage, StreamMessage } from '../wire'

/** Returns the opener's side of a web worker. */
export function browserPort(worker: Worker): WorkerPort {
  return {
    endpoint: worker,
    onGone(listener) {
      worker.addEventListener('error', (event) => listener(event.message || 'its code could not be loaded'))
      worker.addEventListener('messageerror', () => listener('it sent a message that could not be read'))
    },
    watchLock,
    terminate: () => worker.terminate(),
  }
}

/**
 * Watches the lock that a worker holds: browsers send no event when a worker closes itself or is killed. A
 * lock that the page cannot see is not watched: after all site data is cleared, Chromium gives new workers
 * other locks than the page has had since it opened.
 */
export async function watchLock(lock: string, gone: () => void): Promise<void> {
  try {
    const { held = [] } = await navigator.locks.query()
    if (held.some(({ name }) => name === lock)) await navigator.locks.request(lock, gone)
  } catch {
    gone()
  }
}

/** Name of a worker whose channel comes with its first message. Other workers talk to their opener. */
export const BY_CHANNEL = 'by-channel'

/** Port that this worker talks on. */
let home: DedicatedWorkerGlobalScope | MessagePort = globalThis as unknown as DedicatedWorkerGlobalScope

/** Serves the worker's side: answers calls on `api`, then reports that it is ready. */
export function serveInBrowser(api: object): void {
  const scope = globalThis as unknown as DedicatedWorkerGlobalScope
  if (scope.name !== BY_CHANNEL) {
    serve(api)
    return
  }
  const begin = ({ ports: [talk] }: MessageEvent<unknown>) => {
    home = talk
    serve(api)
  }
  scope.addEventListener('message', begin, { once: true })
}

function serve(api: object): void {
  home.addEventListener('messageerror', () => {
    throw new Error('a call could not be read')
  })
  expose(api, home as Endpoint)
  const ready = (lock: string | null) => home.postMessage({ colloquy: 'ready', lock } satisfies ReadyMessage)
  if (!('locks' in navigator)) {
    ready(null)
    return
  }
  const lock = `colloquy-${crypto.randomUUID()}`
  navigator.locks
    .request(lock, () => {
      ready(lock)
      return new Promise<never>(() => undefined)
    })
    // The browser refuses locks, as it does where the page may store nothing.
    .catch(() => ready(null))
}

/** Streams an item to the opener. */
export function streamInBrowser<T>(item: T): void {
  home.postMessage({ colloquy: 'stream', item } satisfies StreamMessage<T>)
}
