import type { RunEvent } from '../src/ilr/events'
import type { Run } from '../src/ilr/run'
import type { RunApi, RunStart } from './run_host'
import { SupervisedWorker, type WorkerPort } from './supervised'

/**
 * A run that lives in a worker, with the face of any other run. It starts at once; its events wait until they are
 * iterated (once). `stop` ends the workers whatever they are doing, and with them the iterable; a checkpoint being
 * written is then either whole or the previous one. The iterable rejects with what ended the run.
 * @param ortModule ONNX Runtime's wasm for all peers, which wait for it; null where each compiles its own
 */
export function followRun(
  port: WorkerPort,
  start: RunStart,
  ortModule: Promise<WebAssembly.Module | null> = Promise.resolve(null),
): Run {
  const waiting: RunEvent[] = []
  let wake: () => void = () => undefined
  let ended = false
  let failure: { error: unknown } | null = null

  const worker = new SupervisedWorker<RunApi, RunEvent>(port, 'worker of the run', (event) => {
    if (ended) return
    waiting.push(event)
    wake()
  })
  const end = () => {
    ended = true
    worker.terminate()
    wake()
  }
  worker
    .call((api) => api.run(start))
    .catch((error: unknown) => {
      if (!ended) failure = { error }
    })
    .finally(end)
  // A worker that dies meanwhile is reported by the call to `run`.
  ortModule.then((module) => worker.call((api) => api.provideOrt(module))).catch(() => undefined)
  const tell = (command: 'pause' | 'resume' | 'step' | 'stage') => {
    // A worker that dies meanwhile is reported by the call to `run`.
    worker.call((api) => api[command]()).catch(() => undefined)
  }

  return {
    pause: () => tell('pause'),
    resume: () => tell('resume'),
    step: () => tell('step'),
    stage: () => tell('stage'),
    async stop() {
      waiting.length = 0
      end()
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          const event = waiting.shift()
          if (event) yield event
          else if (failure) throw failure.error
          else if (ended) return
          else
            await new Promise<void>((resolve) => {
              wake = resolve
            })
        }
      } finally {
        end()
      }
    },
  }
}
