import { browserPort } from '../../../workers/browser/browser_worker'
import { SupervisedWorker } from '../../../workers/supervised'
import type { Backend } from '../../model/runtime'
import type { TrainingProblem } from './training_problem'

/** Other libraries that train in a browser. Each has a worker script of its own: in a shared bundle TensorFlow.js does not start. */
const LIBRARIES = [
  {
    name: 'jax-js',
    open: () => new Worker(new URL('./jax.worker.ts', import.meta.url), { type: 'module' }),
  },
  {
    name: 'TensorFlow.js',
    open: () => new Worker(new URL('./tfjs.worker.ts', import.meta.url), { type: 'module' }),
  },
]

/** Another library that holds a training problem on its device. Calls do not overlap. */
export interface Trainer {
  /** Loss and gradients over all batches, clip, AdamW. Resolves after the new parameters are computed. */
  step(): Promise<StepReport>
  /** The logprobs of the scored tokens, (T) for each batch. */
  forward(): Promise<Float32Array[]>
  /** d loss / d LoRA at the present parameters, before clipping: one flat array a layer, as `loraLayout` says. */
  gradients(): Promise<Float32Array[]>
  /** The present parameters, in the same layout. */
  parameters(): Promise<Float32Array[]>
}

export interface StepReport {
  readonly loss: number
  /** Before clipping. */
  readonly gradNorm: number
}

/** @param threads of wasm */
export type CreateTrainer = (problem: TrainingProblem, backend: Backend, threads: number) => Promise<Trainer>

/** The calls of a trainer's worker. `open` comes first. */
export interface TrainerApi extends Trainer {
  open(...problem: Parameters<CreateTrainer>): Promise<void>
}

/** A trainer in a worker of its own. */
export interface TrainingPeer extends Trainer {
  readonly name: string
  close(): void
}

export interface TrainingPeers {
  readonly peers: readonly TrainingPeer[]
  /** Libraries that could not take the problem, and why. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[]
}

/** Gives a problem to every other library. */
export async function openTrainingPeers(...problem: Parameters<CreateTrainer>): Promise<TrainingPeers> {
  const peers: TrainingPeer[] = []
  const missing: { name: string; reason: string }[] = []
  for (const { name, open } of LIBRARIES) {
    const worker = new SupervisedWorker<TrainerApi, never>(
      browserPort(open()),
      `worker of ${name}`,
      () => undefined,
    )
    try {
      await worker.call((api) => api.open(...problem))
      peers.push({
        name,
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
