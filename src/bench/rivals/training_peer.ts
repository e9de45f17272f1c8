import { browserPort } from '../../../workers/browser/browser_worker'
import { SupervisedWorker } from '../../../workers/supervised'
import type { Backend } from '../../model/runtime'
import type { TrainingProblem } from './training_problem'

/** Other libraries that train in a browser. */
export const LIBRARIES = ['jax-js', 'TensorFlow.js'] as const
export type Library = (typeof LIBRARIES)[number]

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

/** The calls of `trainer.worker.ts`. `open` comes first. */
export interface TrainerApi extends Trainer {
  open(library: Library, ...problem: Parameters<CreateTrainer>): Promise<void>
}

/** A trainer in a worker of its own. */
export interface TrainingPeer extends Trainer {
  readonly name: Library
  close(): void
}

export interface TrainingPeers {
  readonly peers: readonly TrainingPeer[]
  /** Libraries that could not take the problem, and why. */
  readonly missing: readonly { readonly name: Library; readonly reason: string }[]
}

/** Gives a problem to every other library. */
export async function openTrainingPeers(...problem: Parameters<CreateTrainer>): Promise<TrainingPeers> {
  const peers: TrainingPeer[] = []
  const missing: { name: Library; reason: string }[] = []
  for (const name of LIBRARIES) {
    const port = browserPort(new Worker(new URL('./trainer.worker.ts', import.meta.url), { type: 'module' }))
    const worker = new SupervisedWorker<TrainerApi, never>(port, `worker of ${name}`, () => undefined)
    try {
      await worker.call((api) => api.open(name, ...problem))
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
