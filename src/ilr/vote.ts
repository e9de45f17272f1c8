import type { Completion } from '../model/peer'
import type { Task } from '../tasks/task'

/**
 * A completion with the answer that most of them come to, as an index; among equals the one whose voters were surer (larger
 * sum of mean logprobs), then the earlier one. Null where no answer can be read.
 */
export function majority(task: Task, completions: readonly Completion[]): number | null {
  const votes = new Map<string, { first: number; count: number; sureness: number }>()
  completions.forEach(({ text, logprobs }, index) => {
    const answer = task.answerOf(text)
    if (answer === null) return
    const sureness = logprobs.reduce((sum, logprob) => sum + logprob, 0) / Math.max(1, logprobs.length)
    const vote = votes.get(answer)
    if (!vote) votes.set(answer, { first: index, count: 1, sureness })
    else {
      vote.count++
      vote.sureness += sureness
    }
  })
  let elected: { first: number; count: number; sureness: number } | null = null
  for (const vote of votes.values())
    if (
      !elected ||
      vote.count > elected.count ||
      (vote.count === elected.count && vote.sureness > elected.sureness)
    )
      elected = vote
  return elected?.first ?? null
}
