import type { RunConfig } from '../../config/config'
import type { Completion, TrainSequence } from '../../model/peer'
import { STAGES, type Stage } from '../../tasks/task'
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
  /** Rollouts of the trained stages that are masked: not in `sequences`, but counted by the loss's averages. */
  readonly masked: number
  /** How many of them are right answers replayed on the bare question. */
  readonly replayed: number
  /** By stage: which of them is rollout 0 of the step's first question, where that is trained. */
  readonly shown: Readonly<Partial<Record<Stage, number>>>
}

/**
 * What one peer trains on: its rollouts of the trained stages, each on the prompt it was sampled from with the
 * advantage within its own group; and the replays: right candidates on the S1 prompt, with their advantage within the
 * joint group where that is positive. A candidate was sampled from another prompt, so it carries no logprobs: an
 * importance ratio would be near 0 exactly where the skill is missing.
 */
export function trainSequences(
  config: RunConfig,
  peer: number,
  stages: StageRecords,
  replays: Replays | null,
  joint: Advantages | null,
): TrainBatch {
  const trains = ({ ids, truncated }: Pick<Completion, 'ids' | 'truncated'>) =>
    ids.length > 0 && !(config.maskTruncated && truncated)
  const sequences: TrainSequence[] = []
  let masked = 0
  const shown: Partial<Record<Stage, number>> = {}
  for (const stage of STAGES) {
    if (stage === 'fuse' && config.trainContext === 'question') continue
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
  const own = sequences.length
  for (const candidate of replays?.candidates[peer] ?? []) {
    const advantage = joint?.advantage(peer, candidate.group, candidate.member) ?? 0
    if (!candidate.correct || !(advantage > 0) || !trains(candidate)) continue
    const { promptIds, ids } = candidate
    sequences.push({ promptIds, ids, oldLogprobs: null, advantage })
  }
  return { sequences, masked, replayed: sequences.length - own, shown }
}
