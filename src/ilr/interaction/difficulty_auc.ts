import type { Reward } from '../../tasks/task'
import { groupOf } from '../step/idea3'

/**
 * Returns the area under the ROC curve: the share of pairs of a positive and a negative case in which the
 * positive one has the larger value; ties count half. 1 is a perfect order, 0.5 chance. Null where all cases
 * are of one class.
 */
export function auc(values: readonly number[], positive: readonly boolean[]): number | null {
  const [high, low] = [true, false].map((wanted) => values.filter((_, i) => positive[i] === wanted))
  if (high.length === 0 || low.length === 0) return null
  let larger = 0
  for (const one of high) for (const other of low) larger += one > other ? 1 : one === other ? 0.5 : 0
  return larger / (high.length * low.length)
}

/** Whether fewer than half of a peer's own ideas about a question are right. */
export function isMostlyWrong(right: readonly boolean[]): boolean {
  return 2 * right.filter(Boolean).length < right.length
}

/**
 * Returns how well a peer's difficulties D tell which questions it mostly gets wrong. Null where the step has only one kind of question, or no difficulties.
 * @param ideas the peer's rewards of stage share, `rollouts` for each question
 */
export function difficultyAuc(
  difficulties: readonly number[],
  ideas: readonly Reward[],
  rollouts: number,
): number | null {
  const mostlyWrong = difficulties.map((_, q) =>
    isMostlyWrong(groupOf(ideas, q, rollouts).map(({ correct }) => correct)),
  )
  return auc(difficulties, mostlyWrong)
}
