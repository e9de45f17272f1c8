import { EventQueue } from '../src/ilr/event_queue'
import type { RunEvent } from '../src/ilr/events'
import type { Run } from '../src/ilr/run'
import { WINDOW } from './event_window'
import type { RunApi, RunStart } from './run_host'
import { SupervisedWorker, type WorkerPort } from './supervised'

/**
 * A run that lives in a worker, with the face of any other run. It starts at once; its events wait until they are
 * iterated (once), a few of them here and the rest in the worker, where a reader that lags holds the run up. `stop` ends the workers whatever they are doing, and with them the iterable; a checkpoint being
 * written is then either whole or the previous one. The iterable rejects with what ended the run.
 * @param ortModule ONNX Runtime's wasm for all peers, which wait for it; null where each compiles its own
 */
export function followRun(
  port: WorkerPort,
  start: RunStart,
  ortModule: Promise<WebAssembly.Module | null> = Promise.resolve(null),
): Run {
  let untold = 0
  const queue = new EventQueue((events) => {
    untold += events
    if (untold < WINDOW / 2) return
    const taken = untold
    untold = 0
    // A worker that dies meanwhile is reported by the call to `run`.
    worker.call((api) => api.taken(taken)).catch(() => undefined)
  })
  const worker = new SupervisedWorker<RunApi, RunEvent>(port, 'worker of the run', (event) =>
    queue.push(event),
  )
  worker
    .call((api) => api.run(start))
    .then(
      () => queue.end(),
      (error: unknown) => queue.end({ error }),
    )
    .finally(() => worker.terminate())
  // A worker that dies meanwhile is reported by the call to `run`.
  ortModule.then((module) => worker.call((api) => api.provideOrt(module))).catch(() => undefined)
  const tell = (command: 'pause' | 'resume' | 'step' | 'stage') => {
    // A worker that dies meanwhile is reported by the call to `run`.
    worker.call((api) => api[command]()).catch(() => undefined)
  }

  const stop = () => {
    queue.cut()
    worker.terminate()
  }

  return {
    pause: () => tell('pause'),
    resume: () => tell('resume'),
    step: () => tell('step'),
    stage: () => tell('stage'),
    // A worker that dies meanwhile is reported by the call to `run`.
    keep: () => worker.call((api) => api.keep()).catch(() => undefined),
    async stop() {
      stop()
    },
    [Symbol.asyncIterator]: () => ({
      next: () => queue.next(),
      async return() {
        stop()
        return { done: true, value: undefined }
      },
    }),
  }
}
