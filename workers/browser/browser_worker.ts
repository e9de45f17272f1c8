import { type Endpoint, expose } from 'comlink'
import type { WorkerPort } from '../supervised'
import type { ReadyMessage, StreamMessage } from '../wire'

/** The opener's side of a web worker. */
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
 * The one sign of a worker that closed itself or was killed: browsers send no event then. A lock that is not seen to be held is not
 * watched: once all data of the site has been cleared, Chromium gives new workers other locks than the page has had since it was opened.
 */
export async function watchLock(lock: string, gone: () => void): Promise<void> {
  try {
    const { held = [] } = await navigator.locks.query()
    if (held.some(({ name }) => name === lock)) await navigator.locks.request(lock, gone)
  } catch {
    gone()
  }
}

/** The name of a worker whose channel comes with its first message; others speak with who opened them. */
export const BY_CHANNEL = 'by-channel'

/** Where this worker speaks. */
let home: DedicatedWorkerGlobalScope | MessagePort = globalThis as unknown as DedicatedWorkerGlobalScope

/** The worker's own side: answers calls on `api`, then says that it is ready. */
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
    // Refused, as where the browser lets the page keep nothing.
    .catch(() => ready(null))
}

/** Streams an item to the opener. */
export function streamInBrowser<T>(item: T): void {
  home.postMessage({ colloquy: 'stream', item } satisfies StreamMessage<T>)
}
