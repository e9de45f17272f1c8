import type { RunConfig } from '../../config/config'
import type { Completion, Peer } from '../../model/peer'
import type { Question, Reward, Stage, Task } from '../../tasks/task'
import type { RunEvent } from '../events'
import type { Clock } from './clock'
import { type DiscussionBatch, writeStage } from './idea3'
import type { StepKeys } from './keys'
import { rewardsOf } from './rewards'

/** What every part of a training step knows. */
export interface StepSetting {
  readonly config: RunConfig
  readonly task: Task
  readonly peers: readonly Peer[]
  /** Starts at 1. */
  readonly step: number
  readonly keys: StepKeys
  /** Questions that the peers' judges rank among. */
  readonly validation: readonly Question[]
  readonly clock: Clock
  emit(event: RunEvent): void
  /** Resolves when the next unit of work may begin; rejects where the run was stopped. */
  turn(): Promise<void>
  /** Called when all peers have written a stage. */
  finished(stage: Stage): void
}

/** One stage of a training step, written and rewarded. Lists are [peer][row], row = j * rollouts + k for the j-th of `questions`. */
export interface WrittenStage {
  /** Indices of the step's questions that reached this stage. */
  readonly questions: readonly number[]
  readonly rollouts: number
  readonly prompts: readonly (readonly string[])[]
  readonly completions: readonly (readonly Completion[])[]
  readonly rewards: readonly (readonly Reward[])[]
}

/** A stage that no question reached. */
export function emptyStage(peers: number, rollouts: number): WrittenStage {
  const none = Array.from({ length: peers }, () => [])
  return { questions: [], rollouts, prompts: none, completions: none, rewards: none }
}

/**
 * All peers write a stage about `batch`, whose questions are these of the step, and are rewarded. What is written about the step's first
 * question is told as it comes.
 */
export async function holdStage(
  { config, peers, step, clock, emit, turn }: StepSetting,
  stage: Stage,
  batch: DiscussionBatch,
  questions: readonly number[],
  prompts: readonly (readonly string[])[],
  rewardOf: Parameters<typeof rewardsOf>[2],
): Promise<WrittenStage> {
  const shown = questions[0] === 0
  await turn()
  const completions = await clock.time(stage, () =>
    writeStage(batch, stage, prompts, {
      progress: (peer, done, total) => emit({ type: 'progress', phase: stage, step, peer, done, total }),
      ...(shown && { text: (peer: string, text: string) => emit({ type: 'text', step, peer, stage, text }) }),
    }),
  )
  const rewards = await rewardsOf(config, completions, rewardOf)
  // Whoever follows the discussion sees what came of a stage before the next one begins.
  if (shown) {
    const marks = Object.fromEntries(peers.map(({ id }, i) => [id, rewards[i][0]]))
    emit({ type: 'marked', step, stage, rewards: marks })
  }
  return { questions, rollouts: batch.rollouts, prompts, completions, rewards }
}
