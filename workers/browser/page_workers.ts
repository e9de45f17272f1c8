/**
 * Workers that the page starts for another worker. That one could start them itself, but then Firefox hangs now and then, for good,
 * in the call that does it: 23 times in 755 tries on a busy machine, and never in 560 where the page did it.
 */
import type { Endpoint } from 'comlink'
import type { WorkerPort } from '../supervised'
import { browserPort, watchLock } from './browser_worker'

/** Which worker is wanted. Its channel, and the one that tells of it and ends it, come with the message as ports. */
interface WantedMessage<Kind extends string> {
  readonly colloquy: 'wanted'
  readonly kind: Kind
}

function isWanted<Kind extends string>(data: unknown): data is WantedMessage<Kind> {
  return (data as Partial<WantedMessage<Kind>> | null)?.colloquy === 'wanted'
}

/** In a worker: has the page start one. */
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
 * In the page: a worker with all that it wants.
 * @param open starts one that waits for its channel (see `serveInBrowser`); they end with `worker`
 */
export function withPageWorkers<Kind extends string>(
  worker: Worker,
  open: Readonly<Record<Kind, () => Worker>>,
): WorkerPort {
  const opened = new Set<Worker>()
  const start = ({ data, ports: [talk, control] }: MessageEvent<unknown>) => {
    if (!isWanted<Kind>(data)) return
    const wanted = open[data.kind]()
    opened.add(wanted)
    wanted.addEventListener('error', ({ message }) =>
      control.postMessage(message || 'its code could not be loaded'),
    )
    control.onmessage = () => {
      wanted.terminate()
      opened.delete(wanted)
      control.close()
    }
    wanted.postMessage(null, [talk])
  }
  worker.addEventListener('message', start)
  const port = browserPort(worker)
  return {
    ...port,
    terminate() {
      // What it said last may still be on its way.
      worker.removeEventListener('message', start)
      port.terminate()
      for (const wanted of opened) wanted.terminate()
    },
  }
}
