import { exp } from '../grpo/exp'
import { type Key, Stream } from '../random'
import type { RunConfig } from '../runs/config'
import type { Mode } from '../tasks/task'

/** What one peer makes of one question. All in [0, 1]. */
export interface Judgement {
  readonly ability: number
  readonly difficulty: number
  /** The probability that the peer solves it. */
  readonly p: number
}

/** P = 1 / (1 + exp(-1.7 (ability - difficulty))): one-parameter logistic, arXiv 2509.26306. */
export function judge(ability: number, difficulty: number): Judgement {
  return { ability, difficulty, p: 1 / (1 + exp(-1.7 * (ability - difficulty))) }
}

/** One mode per question: cooperate where the peers' mean P is below 0.5, or what a baseline says. */
export function chooseMode(
  interaction: RunConfig['interaction'],
  judgements: readonly Judgement[],
  key: Key,
): Mode {
  switch (interaction) {
    case 'cooperate':
    case 'compete':
      return interaction
    case 'random':
      return new Stream(key).uniform() < 0.5 ? 'cooperate' : 'compete'
    case 'dynamic':
      return judgements.reduce((sum, { p }) => sum + p, 0) / judgements.length < 0.5 ? 'cooperate' : 'compete'
  }
}

/** Whether some peers alone would cooperate and others compete. */
export function disagree(judgements: readonly Judgement[]): boolean {
  const cooperating = judgements.filter(({ p }) => p < 0.5).length
  return cooperating > 0 && cooperating < judgements.length
}
