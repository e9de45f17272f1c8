import type { Completion } from '../../model/peer'
import { mean } from '../../report/averages'
import type { Discussion, Task } from '../../tasks/task'

/**
 * Returns the share of analyses that quote a step which the idea does not have, among those that can be read. NaN where
 * none can, or the task's analyses quote nothing. Both lists are [peer][row].
 */
export function misquotedShare(
  { misquotes }: Pick<Task, 'misquotes'>,
  discussions: readonly (readonly Discussion[])[],
  analyses: readonly (readonly Completion[])[],
): number {
  const found = discussions.flatMap((rows, peer) =>
    rows.map((discussion, row) => misquotes?.(discussion, analyses[peer][row].text) ?? null),
  )
  return mean(found.filter((one) => one !== null).map(Number))
}
