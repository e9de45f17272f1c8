import { type Endpoint, expose } from 'comlink'
import type { WorkerPort } from './supervised'
import type { ReadyMessage, StreamMessage } from './wire'

/** The opener's side of a web worker. */
export function browserPort(worker: Worker): WorkerPort {
  return {
    endpoint: worker,
    onGone(listener) {
      worker.addEventListener('error', (event) => listener(event.message || 'its code could not be loaded'))
      worker.addEventListener('messageerror', () => listener('it sent a message that could not be read'))
    },
    // The one sign of a worker that closed itself or was killed: browsers send no event then.
    watchLock(lock, gone) {
      navigator.locks.request(lock, gone).catch(gone)
    },
    terminate: () => worker.terminate(),
  }
}

/** The worker's own side: answers calls on `api`, then says that it is ready. */
export function serveInBrowser(api: object): void {
  const scope = globalThis as unknown as DedicatedWorkerGlobalScope
  scope.addEventListener('messageerror', () => {
    throw new Error('a call could not be read')
  })
  expose(api, scope as Endpoint)
  const ready = (lock: string | null) => scope.postMessage({ colloquy: 'ready', lock } satisfies ReadyMessage)
  if (!('locks' in navigator)) {
    ready(null)
    return
  }
  const lock = `colloquy-${crypto.randomUUID()}`
  void navigator.locks.request(lock, () => {
    ready(lock)
    return new Promise<never>(() => undefined)
  })
}

/** Streams an item to the opener. */
export function streamInBrowser<T>(item: T): void {
  const scope = globalThis as unknown as DedicatedWorkerGlobalScope
  scope.postMessage({ colloquy: 'stream', item } satisfies StreamMessage<T>)
}
