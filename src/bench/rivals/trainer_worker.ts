import { serveInBrowser } from '../../../workers/browser/browser_worker'
import type { Backend } from '../../model/runtime'
import type { CreateTrainer, Trainer } from './training_peer'
import type { TrainingProblem } from './training_problem'

/** The calls of a worker in which another library trains. `open` comes first. */
export interface TrainerApi extends Trainer {
  open(problem: TrainingProblem, backend: Backend, threads: number): Promise<void>
}

/**
 * Answers calls on a trainer in the worker that runs this.
 * @param load imports the library
 * @param processors how many processors the library has to see so that it computes with so many threads: there is no other way to tell
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
