import { serveInBrowser } from '../../../workers/browser/browser_worker'
import type { CreateTrainer, Library, Trainer, TrainerApi } from './training_peer'

/** `processors`: what the library must see to compute with so many threads; it takes no other setting. */
const LOADERS: Readonly<
  Record<Library, { load(): Promise<CreateTrainer>; processors(threads: number): number }>
> = {
  'jax-js': {
    load: async () => (await import('./jax_trainer')).createJaxTrainer,
    // It starts a thread for every processor.
    processors: (threads) => threads,
  },
  'TensorFlow.js': {
    load: async () => (await import('./tfjs_trainer')).createTfjsTrainer,
    // It starts a thread for every second processor at most.
    processors: (threads) => 2 * threads,
  },
}

let opened: Trainer | undefined

function trainer(): Trainer {
  if (!opened) throw new Error('open a problem first')
  return opened
}

const api: TrainerApi = {
  async open(library, problem, backend, threads) {
    const { load, processors } = LOADERS[library]
    Object.defineProperty(navigator, 'hardwareConcurrency', {
      value: processors(threads),
      configurable: true,
    })
    opened = await (await load())(problem, backend, threads)
  },
  step: () => trainer().step(),
  forward: () => trainer().forward(),
  gradients: () => trainer().gradients(),
  parameters: () => trainer().parameters(),
}

serveInBrowser(api)
