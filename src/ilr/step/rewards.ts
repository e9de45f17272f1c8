/** Rewards of completions, given by the task, and its other judgement of analyses. */

import type { RunConfig } from '../../config/config'
import type { Completion } from '../../model/peer'
import { mean } from '../../report/averages'
import type { Discussion, Question, Reward, Task } from '../../tasks/task'

/** Rewards one completion. */
export type RewardOf = (text: string, peer: number, row: number) => Reward | Promise<Reward>

/** Rewards a completion as an answer to its row's question. */
export function answerReward(task: Task, questions: readonly Question[], rollouts: number): RewardOf {
  return (text, _, row) => task.reward(questions[Math.floor(row / rollouts)], text)
}

/** Rewards a completion as an analysis of its row's discussion. */
export function analysisReward(task: Task, discussions: readonly (readonly Discussion[])[]): RewardOf {
  return (text, peer, row) => task.analysisReward(discussions[peer][row], text)
}

/** Returns whether each completion is right, [peer][row]. */
export function areRight(rewards: readonly (readonly Reward[])[]): boolean[][] {
  return rewards.map((rows) => rows.map(({ correct }) => correct))
}

/** Rewards completions, [peer][row]. With `binary`, a right answer earns 1 and a wrong one 0. */
export function rewardsOf(
  { reward: kind }: Pick<RunConfig, 'reward'>,
  completions: readonly (readonly Completion[])[],
  rewardOf: RewardOf,
): Promise<Reward[][]> {
  return Promise.all(
    completions.map((rows, peer) =>
      Promise.all(
        rows.map(async ({ text }, row) => {
          const reward = await rewardOf(text, peer, row)
          return kind === 'graded' ? reward : { ...reward, total: reward.correct ? 1 : 0 }
        }),
      ),
    ),
  )
}

/**
 * Returns the share of analyses that quote a step which the idea does not have, among those that can be read.
 * NaN where none can, or the task's analyses quote nothing. Both lists are [peer][row].
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
