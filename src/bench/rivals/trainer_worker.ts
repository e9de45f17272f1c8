import { serveInBrowser } from '../../../workers/browser/browser_worker'
import type { CreateTrainer, Trainer, TrainerApi } from './training_peer'

/**
 * Answers calls on a trainer in the worker that runs this.
 * @param load imports the library
 * @param processors what the library must see to compute with so many threads; it takes no other setting
 */
export function serveTrainer(
  load: () => Promise<CreateTrainer>,
  processors: (threads: number) => number,
): void {
  let opened: Trainer | undefined
  const trainer = () => {
    if (!opened) throw new Error('open a problem first')
    return opened
  }
  const api: TrainerApi = {
    async open(problem, backend, threads) {
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
}
