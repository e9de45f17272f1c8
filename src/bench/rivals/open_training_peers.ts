import { devDependencies } from '../../../package.json'
import { browserPort } from '../../../workers/browser/browser_worker'
import { SupervisedWorker } from '../../../workers/supervised'
import type { Backend } from '../../model/runtime'
import type { TrainerApi } from './trainer_worker'
import type { TrainingPeer } from './training_peer'
import type { TrainingProblem } from './training_problem'

const LIBRARIES = [
  {
    name: 'jax-js',
    version: devDependencies['@jax-js/jax'],
    open: () => new Worker(new URL('./jax.worker.ts', import.meta.url), { type: 'module' }),
  },
  {
    name: 'TensorFlow.js',
    version: devDependencies['@tensorflow/tfjs-core'],
    open: () => new Worker(new URL('./tfjs.worker.ts', import.meta.url), { type: 'module' }),
  },
]

export interface TrainingPeers {
  /** Those that took the problem, each in a worker of its own. */
  readonly peers: readonly TrainingPeer[]
  /** Those that could not, and why. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[]
}

/**
 * The other libraries that train in a browser, with this problem.
 * @param threads of wasm, the same for all
 */
export async function openTrainingPeers(
  problem: TrainingProblem,
  backend: Backend,
  threads: number,
): Promise<TrainingPeers> {
  const peers: TrainingPeer[] = []
  const missing: { name: string; reason: string }[] = []
  for (const { name, version, open } of LIBRARIES) {
    const worker = new SupervisedWorker<TrainerApi, never>(
      browserPort(open()),
      `worker of ${name}`,
      () => undefined,
    )
    try {
      await worker.call((api) => api.open(problem, backend, threads))
      peers.push({
        name,
        version,
        step: () => worker.call((api) => api.step()),
        forward: () => worker.call((api) => api.forward()),
        gradients: () => worker.call((api) => api.gradients()),
        parameters: () => worker.call((api) => api.parameters()),
        close: () => worker.terminate(),
      })
    } catch (error) {
      worker.terminate()
      missing.push({ name, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return { peers, missing }
}
