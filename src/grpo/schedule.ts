import { cos } from '../exact_math'

/** Names follow Hugging Face's `lr_scheduler_type`. */
export type SchedulerType = 'constant' | 'linear' | 'cosine'

export interface Schedule {
  readonly learningRate: number
  readonly warmupSteps: number
  readonly lrSchedulerType: SchedulerType
  /** Number of steps of the whole run. */
  readonly steps: number
}

/**
 * Returns the learning rate of step 1 … steps. Warm-up step s has s / warmupSteps of the peak, so no step has
 * rate 0. Then follows the peak (`constant`), a line or half a cosine down to just above 0 in the last step.
 */
export function learningRateOf(schedule: Schedule, step: number): number {
  const { learningRate, warmupSteps, lrSchedulerType, steps } = schedule
  // Step of the peak; 1 without warm-up.
  const peak = Math.max(1, warmupSteps)
  if (step < peak) return (learningRate * step) / peak
  const fall = Math.max(1, steps - peak + 1)
  const done = Math.min(1, Math.max(0, (step - peak) / fall))
  switch (lrSchedulerType) {
    case 'constant':
      return learningRate
    case 'linear':
      return learningRate * (1 - done)
    case 'cosine':
      return (learningRate * (1 + cos(Math.PI * done))) / 2
  }
}
