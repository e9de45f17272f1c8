import type { Backend } from '../../model/runtime'
import type { TrainingProblem } from './training_problem'

/** Another library that holds a training problem on its device. Calls do not overlap. */
export interface TrainingPeer {
  readonly name: string
  readonly version: string
  /** Loss and gradients over all batches, clip, AdamW. Resolves when the new parameters are computed. */
  step(): Promise<StepReport>
  /** The logprobs of the scored tokens, (T) for each batch. */
  forward(): Promise<Float32Array[]>
  /** d loss / d LoRA at the present parameters, before clipping: one flat array a layer, as `loraLayout` says. */
  gradients(): Promise<Float32Array[]>
  /** The present parameters, in the same layout. */
  parameters(): Promise<Float32Array[]>
  close(): void
}

/** The same within the thread that computes. */
export type Trainer = Omit<TrainingPeer, 'name' | 'version' | 'close'>

export type CreateTrainer = (problem: TrainingProblem, backend: Backend, threads: number) => Promise<Trainer>

export interface StepReport {
  readonly loss: number
  /** Before clipping. */
  readonly gradNorm: number
}
