import type { Reward } from './task'

/** Reward of a wrong answer: for its form, and for the share of right steps in it. */
const FORMAT_REWARD = 0.1
const STEPS_REWARD = 0.3

/** 1 where right, else 0.1 times `format` and 0.3 times `steps` (both in [0, 1]). */
export function gradedReward(correct: boolean, format: number, steps: number): Reward {
  const total = correct ? 1 : FORMAT_REWARD * format + STEPS_REWARD * steps
  return { total, correct, parts: { correct: correct ? 1 : 0, format, steps } }
}

/**
 * How much of what was wanted is there. Things beside the point count against it, so that listing all one can think of does
 * not pay.
 */
export function sharedPart(wanted: ReadonlySet<string>, written: ReadonlySet<string>): number {
  const right = [...wanted].filter((item) => written.has(item)).length
  return right / Math.max(wanted.size, written.size, 1)
}
