import type { RunConfig } from '../../config/config'
import type { Completion, TrainSequence } from '../../model/peer'
import type { Stage } from '../../tasks/task'
import type { Learner } from '../learners'
import type { Advantages } from './advantages'
import type { Replays } from './replay'
import type { WrittenStage } from './stage'

/** A stage with its advantages; null where the stage is not trained. */
export interface StageRecord extends WrittenStage {
  readonly advantages: Advantages | null
}

export type StageRecords = Readonly<Record<Stage, StageRecord>>

export interface TrainBatch {
  readonly sequences: readonly TrainSequence[]
  /**
   * Number of masked rollouts of the trained stages. They are not in `sequences`, but the loss's averages
   * count them.
   */
  readonly masked: number
  /** Number of sequences that are right answers replayed on the bare question. */
  readonly replayed: number
  /** By stage, the index in `sequences` of rollout 0 of the step's first question, where that is trained. */
  readonly shown: Readonly<Partial<Record<Stage, number>>>
}

/**
 * Returns what one adapter trains on. First the rollouts of its stages, each on its own prompt with the
 * advantage within its own group. Then the replays: right candidates on the S1 prompt, with their advantage
 * within the joint group where that is positive. Replays carry no logprobs: another prompt sampled them, so
 * their importance ratio would be near 0 exactly where the skill is missing.
 */
export function trainSequences(
  config: RunConfig,
  { index: peer, stages: own, replays: isReplaying }: Learner,
  stages: StageRecords,
  replays: Replays | null,
  joint: Advantages | null,
): TrainBatch {
  const trains = ({ ids, truncated }: Pick<Completion, 'ids' | 'truncated'>) =>
    ids.length > 0 && !(config.maskTruncated && truncated)
  const sequences: TrainSequence[] = []
  let masked = 0
  const shown: Partial<Record<Stage, number>> = {}
  for (const stage of own) {
    const { completions, advantages, rollouts, questions } = stages[stage]
    completions[peer].forEach((completion, row) => {
      if (!advantages) return
      if (!trains(completion)) {
        masked++
        return
      }
      if (row === 0 && questions[0] === 0) shown[stage] = sequences.length
      sequences.push({
        promptIds: completion.promptIds,
        ids: completion.ids,
        oldLogprobs: completion.logprobs,
        advantage: advantages.advantage(peer, Math.floor(row / rollouts), row % rollouts),
      })
    })
  }
  const sampled = sequences.length
  for (const candidate of isReplaying ? (replays?.candidates[peer] ?? []) : []) {
    const advantage = joint?.advantage(peer, candidate.group, candidate.member) ?? 0
    if (!candidate.correct || !(advantage > 0) || !trains(candidate)) continue
    const { promptIds, ids } = candidate
    sequences.push({ promptIds, ids, oldLogprobs: null, advantage })
  }
  return { sequences, masked, replayed: sequences.length - sampled, shown }
}
