import { cos } from '../exact_math'

/** Names follow Hugging Face's `lr_scheduler_type`. */
export type SchedulerType = 'constant' | 'linear' | 'cosine'

export interface Schedule {
  readonly learningRate: number
  readonly warmupSteps: number
  readonly lrSchedulerType: SchedulerType
  /** Steps of the whole run. */
  readonly steps: number
}

/**
 * The learning rate of step 1 … steps: s / warmupSteps of the peak while warming up (so no step has rate 0), then the peak
 * (`constant`), a line or half a cosine down to just above 0 in the last step.
 */
export function learningRateOf(schedule: Schedule, step: number): number {
  const { learningRate, warmupSteps, lrSchedulerType, steps } = schedule
  // The step of the peak: the first where there is no warm-up.
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
