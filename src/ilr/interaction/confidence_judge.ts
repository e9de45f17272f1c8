import type { Completion } from '../../model/peer'
import { type Key, Stream } from '../../random'
import { sum } from '../../report/averages'
import type { Task } from '../../tasks/task'
import type { DifficultyJudge } from './difficulty'

/** Orders of the references that a rank is averaged over. */
const SHUFFLES = 4

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
  const mean = surprise / rollouts.length
  return 1 - agreeing / rollouts.length + mean / (1 + mean) / rollouts.length
}

/**
 * Returns D in [0, 1]: the mean normalised rank of an uncertainty among k references, averaged over seeded
 * shuffles of the references. A tie counts half; without references D is 0.5.
 */
export function rankAmong(value: number, references: readonly number[], k: number, key: Key): number {
  const among = Math.min(k, references.length)
  if (among === 0) return 0.5
  const stream = new Stream(key)
  let ranks = 0
  for (let shuffle = 0; shuffle < SHUFFLES; shuffle++)
    for (const reference of stream.shuffle(references).slice(0, among))
      ranks += reference < value ? 1 : reference === value ? 0.5 : 0
  return ranks / (among * SHUFFLES)
}

/**
 * The `confidence` judge: orders questions by the peer's own uncertainty. For peers too small to be asked.
 */
export const confidenceJudge: DifficultyJudge = async (view) =>
  view.questions.map((_, q) => {
    const value = uncertainty(view.task, view.answers[q])
    const key = view.keys.judge(view.index, view.slots[q])
    return { value: rankAmong(value, view.references, view.k, key), read: true, tokens: 0 }
  })
