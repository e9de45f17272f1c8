/**
 * Workers that the page starts for another worker. A worker could start them itself, but Firefox sometimes
 * hangs forever in that call: 23 times in 755 tries on a busy machine, and never in 560 tries where the page
 * did it.
 */
import type { Endpoint } from 'comlink'
import type { WorkerPort } from '../supervised'
import { browserPort, watchLock } from './browser_worker'

/**
 * A request for a worker. Its ports are the worker's channel and the channel that reports its errors and ends
 * it.
 */
interface WantedMessage<Kind extends string> {
  readonly colloquy: 'wanted'
  readonly kind: Kind
}

function isWanted<Kind extends string>(data: unknown): data is WantedMessage<Kind> {
  return (data as Partial<WantedMessage<Kind>> | null)?.colloquy === 'wanted'
}

/** Workers of a run or an inquiry that its page starts. */
export type RunWorkerKind = 'peer' | 'judge'

/** Called in a worker: asks the page to start one. */
export function pageWorker<Kind extends string>(kind: Kind): WorkerPort {
  const scope = globalThis as unknown as DedicatedWorkerGlobalScope
  const talk = new MessageChannel()
  const control = new MessageChannel()
  scope.postMessage({ colloquy: 'wanted', kind } satisfies WantedMessage<Kind>, [talk.port2, control.port2])
  return {
    endpoint: talk.port1 as Endpoint,
    onGone(listener) {
      talk.port1.addEventListener('messageerror', () => listener('it sent a message that could not be read'))
      talk.port1.start()
      control.port1.addEventListener('message', ({ data }) => listener(String(data)))
      control.port1.start()
    },
    watchLock,
    terminate() {
      control.port1.postMessage(null)
      talk.port1.close()
    },
  }
}

/**
 * Called in the page: serves the requests of a worker for further workers.
 * @param open starts a worker that waits for its channel (see `serveInBrowser`); it ends with `worker`
 */
export function withPageWorkers<Kind extends string>(
  worker: Worker,
  open: Readonly<Record<Kind, () => Worker>>,
): WorkerPort {
  const opened = new Set<Worker>()
  const start = ({ data, ports: [talk, control] }: MessageEvent<unknown>) => {
    if (!isWanted<Kind>(data)) return
    const child = open[data.kind]()
    opened.add(child)
    child.addEventListener('error', ({ message }) =>
      control.postMessage(message || 'its code could not be loaded'),
    )
    control.onmessage = () => {
      child.terminate()
      opened.delete(child)
      control.close()
    }
    child.postMessage(null, [talk])
  }
  worker.addEventListener('message', start)
  const port = browserPort(worker)
  return {
    ...port,
    terminate() {
      // A last request may still arrive, so stop listening first.
      worker.removeEventListener('message', start)
      port.terminate()
      for (const child of opened) child.terminate()
    },
  }
}
