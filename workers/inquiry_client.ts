import type { Inquiry, InquiryEvent } from '../src/ilr/inquiry'
import type { InquiryApi, InquiryStart } from './inquiry_host'
import { SupervisedWorker, type WorkerPort } from './supervised'

/**
 * An inquiry that lives in a worker. `close` ends the workers whatever they are doing, and so does an error.
 * @param ortModule ONNX Runtime's wasm for all peers, which wait for it; null where each compiles its own
 */
export function followInquiry(
  port: WorkerPort,
  start: InquiryStart,
  ortModule: Promise<WebAssembly.Module | null>,
): Inquiry {
  let listener: ((event: InquiryEvent) => void) | null = null
  let closed = false
  const worker = new SupervisedWorker<InquiryApi, InquiryEvent>(port, 'worker of the inquiry', (event) =>
    listener?.(event),
  )
  const begun = worker.call((api) => api.begin(start))
  // A worker that dies meanwhile is reported by the call to `ask`.
  begun.catch(() => undefined)
  ortModule.then((module) => worker.call((api) => api.provideOrt(module))).catch(() => undefined)
  const close = () => {
    closed = true
    worker.terminate()
  }
  return {
    async ask(question, onEvent) {
      if (listener !== null) throw new RangeError('one question at a time')
      listener = onEvent
      try {
        await begun
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
