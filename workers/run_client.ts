import type { RunConfig } from '../src/config/config'
import type { RunEvent } from '../src/ilr/events'
import type { Inquiry, InquiryEvent } from '../src/ilr/inquiry/inquiry'
import type { Run } from '../src/ilr/run'
import type { FileDescription } from '../src/tasks/file/describe_file'
import type { InquiryStart, RunApi, RunStart } from './run_host'
import { SupervisedWorker, type WorkerPort } from './supervised'

/** ONNX Runtime's wasm, which all peers wait for; null where each compiles its own. */
type OrtModule = Promise<WebAssembly.Module | null>

/**
 * Returns a run that lives in a worker and behaves like any other run. It begins at the first read. Its
 * events wait in the worker until the one reader takes them. `stop` ends the workers at once, and with them
 * the iterable; a checkpoint under way is then either whole or the previous one. The iterable rejects with
 * the error that ended the run.
 */
export function followRun(
  port: WorkerPort,
  start: RunStart,
  ortModule: OrtModule = Promise.resolve(null),
): Run {
  const worker = open(port, 'worker of the run', () => undefined, ortModule)
  let stopped = false
  // The calls for events report a worker that dies meanwhile.
  const send = (command: 'pause' | 'resume' | 'step' | 'stage' | 'keep') =>
    worker.call((api) => api[command]()).catch(() => undefined)
  const started = worker.call((api) => api.run(start))
  started.catch(() => undefined)
  const stop = () => {
    stopped = true
    worker.terminate()
  }
  async function* events(): AsyncGenerator<RunEvent, void> {
    try {
      await started
      for (;;) {
        const next = await worker.call((api) => api.next() as Promise<IteratorResult<RunEvent, void>>)
        if (next.done || stopped) return
        yield next.value
      }
    } catch (error) {
      if (!stopped) throw error
    } finally {
      stop()
    }
  }
  return {
    pause: () => void send('pause'),
    resume: () => void send('resume'),
    step: () => void send('step'),
    stage: () => void send('stage'),
    keep: () => send('keep'),
    stop: async () => stop(),
    [Symbol.asyncIterator]: events,
  }
}

/** Returns an inquiry that lives in a worker. `close`, and any error, ends the workers at once. */
export function followInquiry(port: WorkerPort, start: InquiryStart, ortModule: OrtModule): Inquiry {
  let listener: ((event: InquiryEvent) => void) | null = null
  let closed = false
  const worker = open(port, 'worker of the inquiry', (event) => listener?.(event), ortModule)
  const started = worker.call((api) => api.inquire(start))
  // The call to `ask` reports a worker that dies meanwhile.
  started.catch(() => undefined)
  const close = () => {
    closed = true
    worker.terminate()
  }
  return {
    async ask(question, onEvent) {
      if (listener !== null) throw new RangeError('one question at a time')
      listener = onEvent
      try {
        await started
        await worker.call((api) => api.ask(question))
      } catch (error) {
        if (closed) return
        close()
        throw error
      } finally {
        listener = null
      }
    },
    close: async () => close(),
  }
}

/** Returns what a worker reads of a configuration's question file, and ends the worker. */
export async function describeQuestions(
  port: WorkerPort,
  config: RunConfig,
  base: string,
): Promise<FileDescription> {
  const worker = new SupervisedWorker<RunApi, InquiryEvent>(port, 'worker of the questions', () => undefined)
  try {
    return await worker.call((api) => api.describeQuestions(config, base))
  } finally {
    worker.terminate()
  }
}

function open(port: WorkerPort, name: string, onItem: (event: InquiryEvent) => void, ortModule: OrtModule) {
  const worker = new SupervisedWorker<RunApi, InquiryEvent>(port, name, onItem)
  ortModule.then((module) => worker.call((api) => api.provideOrt(module))).catch(() => undefined)
  return worker
}
