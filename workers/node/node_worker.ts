import { parentPort, type TransferListItem, Worker } from 'node:worker_threads'
import { type Endpoint, expose } from 'comlink'
import type { CodeJudge } from '../../src/tasks/code/code_judge'
import { WorkerJudge } from '../judge/judge_host'
import type { WorkerPort } from '../supervised'
import type { ReadyMessage, StreamMessage } from '../wire'

/** Interface common to both ends of a worker thread. */
interface ThreadPort {
  postMessage(value: unknown, transfer?: readonly TransferListItem[]): void
  on(event: 'message', listener: (value: unknown) => void): unknown
  off(event: 'message', listener: (value: unknown) => void): unknown
}

/** Adapts a thread's port, whose listeners get the bare value, to comlink's endpoint. */
function endpoint(port: ThreadPort): Endpoint {
  const listeners = new Map<unknown, (value: unknown) => void>()
  return {
    postMessage: (message: unknown, transfer?: Transferable[]) =>
      port.postMessage(message, transfer as unknown as readonly TransferListItem[]),
    addEventListener(_type: string, listener: EventListenerOrEventListenerObject) {
      const handle = typeof listener === 'function' ? listener : listener.handleEvent.bind(listener)
      const bare = (data: unknown) => handle({ data } as MessageEvent)
      listeners.set(listener, bare)
      port.on('message', bare)
    },
    removeEventListener(_type: string, listener: EventListenerOrEventListenerObject) {
      const bare = listeners.get(listener)
      if (bare) port.off('message', bare)
    },
  }
}

/** Starts a TypeScript module in a thread. Each thread needs its own tsx loader. */
export function openThread(module: URL): WorkerPort {
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const code = `import(${loader}).then(({ register }) => { register(); return import('${module.href}') })`
  const worker = new Worker(code, { eval: true })
  return {
    endpoint: endpoint(worker),
    onGone(listener) {
      worker.on('error', (error) => listener(error instanceof Error ? error.message : String(error)))
      worker.on('messageerror', () => listener('it sent a message that could not be read'))
      worker.on('exit', () => listener('it ended'))
    },
    // Node reports the end of a thread by event.
    watchLock: () => undefined,
    terminate: () => void worker.terminate(),
  }
}

function parent() {
  if (!parentPort) throw new TypeError('this module runs in a worker thread')
  return parentPort
}

/** Serves the thread's side: answers calls on `api`, then reports that it is ready. */
export function serveInNode(api: object): void {
  const port = parent()
  port.on('messageerror', () => {
    throw new Error('a call could not be read')
  })
  expose(api, endpoint(port))
  port.postMessage({ colloquy: 'ready', lock: null } satisfies ReadyMessage)
}

/** Streams an item to the opener. */
export function streamInNode<T>(item: T): void {
  parent().postMessage({ colloquy: 'stream', item } satisfies StreamMessage<T>)
}

/** Opens a judge of code in a worker thread, which starts with the first program. */
export function openCodeJudge(patienceSeconds?: number): CodeJudge {
  return new WorkerJudge(() => openThread(new URL('../judge.node.ts', import.meta.url)), patienceSeconds)
}
