import type { RunConfig } from '../../config/config'
import type { Completion, Peer } from '../../model/peer'
import type { Reward, Stage, Task } from '../../tasks/task'
import type { RunEvent } from '../events'
import type { StageListener } from './idea3'
import type { StepKeys } from './keys'
import { type RewardOf, rewardsOf } from './rewards'

/** Inputs that every part of a training step shares. */
export interface StepSetting {
  readonly config: RunConfig
  readonly task: Task
  readonly peers: readonly Peer[]
  /** Number of the step, from 1. */
  readonly step: number
  readonly keys: StepKeys
  readonly clock: Clock
  emit(event: RunEvent): void
  /** Resolves when the next unit of work may begin; rejects where the run was stopped. */
  turn(): Promise<void>
  /** Called when all peers have written a stage. */
  finished(stage: Stage): void
}

/**
 * One stage of a training step, written and rewarded. Lists are [peer][row], row = j * rollouts + k for the
 * j-th of `questions`.
 */
export interface WrittenStage {
  /** Indices of the step's questions that reached this stage. */
  readonly questions: readonly number[]
  readonly rollouts: number
  readonly prompts: readonly (readonly string[])[]
  readonly completions: readonly (readonly Completion[])[]
  readonly rewards: readonly (readonly Reward[])[]
}

/** Returns a stage that no question reached. */
export function emptyStage(peers: number, rollouts: number): WrittenStage {
  const none = Array.from({ length: peers }, () => [])
  return { questions: [], rollouts, prompts: none, completions: none, rewards: none }
}

/**
 * Returns a listener that emits a stage's progress, and each peer's first text where it is about the step's
 * first question.
 */
export function listenerOf(
  { step, emit }: StepSetting,
  stage: Stage,
  questions: readonly number[],
): StageListener {
  return {
    progress: (peer, done, total) => emit({ type: 'progress', phase: stage, step, peer, done, total }),
    ...(questions[0] === 0 && {
      text: (peer: string, text: string) => emit({ type: 'text', step, peer, stage, text }),
    }),
  }
}

/**
 * Rewards the texts of a stage and emits `marked`, so a reader sees the marks before the next stage begins.
 */
export async function rewardStage(
  { config, peers, step, emit }: StepSetting,
  stage: Stage,
  written: Omit<WrittenStage, 'rewards'>,
  rewardOf: RewardOf,
): Promise<WrittenStage> {
  const rewards = await rewardsOf(config, written.completions, rewardOf)
  if (written.questions[0] === 0) {
    const marks = Object.fromEntries(peers.map(({ id }, i) => [id, rewards[i][0]]))
    emit({ type: 'marked', step, stage, rewards: marks })
  }
  return { ...written, rewards }
}

/** Measures the seconds of each stage of a step, by name. */
export class Clock {
  private readonly spent: Record<string, number> = {}

  /** @param now milliseconds, monotonic */
  constructor(private readonly now: () => number) {}

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAt = this.now()
    const result = await work()
    this.spent[name] = (this.spent[name] ?? 0) + (this.now() - startedAt) / 1000
    return result
  }

  get seconds(): Readonly<Record<string, number>> {
    return this.spent
  }
}
