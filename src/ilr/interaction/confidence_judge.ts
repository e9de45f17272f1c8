import type { Completion } from '../../model/peer'
import { Stream } from '../../random'
import { mean, sum } from '../../report/averages'
import type { Task } from '../../tasks/task'
import { type DifficultyJudge, drawOthers } from './difficulty'

/**
 * Returns a peer's uncertainty about one question, in [0, 1), from its own answers. First counts how much
 * they disagree: 1 - share of the most frequent answer; an unreadable answer agrees with none. Ties are
 * broken by the mean -logprob per token, squeezed below the smallest step of disagreement. Values compare
 * only between equal numbers of rollouts sampled at the same temperature.
 */
export function uncertainty(task: Task, rollouts: readonly Completion[]): number {
  const votes = new Map<string, number>()
  let agreeing = 1
  let surprise = 0
  for (const { text, logprobs } of rollouts) {
    surprise -= sum(logprobs) / Math.max(1, logprobs.length)
    const answer = task.answerOf(text)
    if (answer === null) continue
    const count = (votes.get(answer) ?? 0) + 1
    votes.set(answer, count)
    agreeing = Math.max(agreeing, count)
  }
  surprise /= rollouts.length
  return 1 - agreeing / rollouts.length + surprise / (1 + surprise) / rollouts.length
}

/**
 * Returns D in [0, 1]: the share of the others' uncertainties that are smaller. A tie counts half; without
 * others D is 0.5.
 */
export function rankAmong(value: number, others: readonly number[]): number {
  if (others.length === 0) return 0.5
  return mean(others.map((other) => (other < value ? 1 : other === value ? 0.5 : 0)))
}

/**
 * The `confidence` judge: orders questions by the peer's own uncertainty. For peers too small to be asked.
 */
export const confidenceJudge: DifficultyJudge = async (view) => {
  const { task, questions, slots, answers, others, keys, index } = view
  const uncertainties = others.answers.map((rollouts) => uncertainty(task, rollouts))
  return questions.map((question, q) => {
    const drawn = drawOthers(view, question, new Stream(keys.judge(index, slots[q])))
    const value = rankAmong(
      uncertainty(task, answers[q]),
      drawn.map((place) => uncertainties[place]),
    )
    return { value, read: true, tokens: 0 }
  })
}
