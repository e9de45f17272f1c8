import type { Completion, TrainSequence } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { Reward, Stage } from '../tasks/task'
import type { Advantages } from './advantages'
import { STAGES } from './keys'

/** One stage of a training step. Lists are [peer][row], row = q * G + k. */
export interface StageRecord {
  readonly prompts: readonly (readonly string[])[]
  readonly completions: readonly (readonly Completion[])[]
  readonly rewards: readonly (readonly Reward[])[]
  /** Null where the stage is not trained. */
  readonly advantages: Advantages | null
}

export type StageRecords = Readonly<Record<Stage, StageRecord>>

export interface TrainBatch {
  readonly sequences: readonly TrainSequence[]
  /** How many of them are fused answers on the bare question. */
  readonly replayed: number
}

/** Whether right fused answers are trained on the bare question. */
export function replays(config: RunConfig): boolean {
  return config.trainStages.includes('fuse') && config.trainContext !== 'discussion'
}

/**
 * What one peer trains on: its rollouts of the trained stages, each on the prompt it was sampled from with the
 * advantage within its own group; and, by `trainContext`, right fused answers on the S1 prompt instead or as
 * well, with their advantage within the joint S1 + S3 group where that is positive. The latter were sampled from
 * another prompt, so they carry no logprobs: an importance ratio would be near 0 exactly where the skill is missing.
 */
export function trainSequences(
  config: RunConfig,
  peer: number,
  stages: StageRecords,
  joint: Advantages | null,
): TrainBatch {
  const group = config.numGenerations
  const trains = (completion: Completion) =>
    completion.ids.length > 0 && !(config.maskTruncated && completion.truncated)
  const sequences: TrainSequence[] = []
  for (const stage of STAGES) {
    if (!config.trainStages.includes(stage)) continue
    if (stage === 'fuse' && config.trainContext === 'question') continue
    const { completions, advantages } = stages[stage]
    completions[peer].forEach((completion, row) => {
      if (!advantages || !trains(completion)) return
      sequences.push({
        promptIds: completion.promptIds,
        ids: completion.ids,
        oldLogprobs: completion.logprobs,
        advantage: advantages.advantage(peer, Math.floor(row / group), row % group),
      })
    })
  }
  const own = sequences.length
  if (joint && replays(config)) {
    const { completions, rewards } = stages.fuse
    completions[peer].forEach((completion, row) => {
      const advantage = joint.advantage(peer, Math.floor(row / group), group + (row % group))
      if (!rewards[peer][row].correct || !(advantage > 0) || !trains(completion)) return
      const { promptIds } = stages.share.completions[peer][row]
      sequences.push({ promptIds, ids: completion.ids, oldLogprobs: null, advantage })
    })
  }
  return { sequences, replayed: sequences.length - own }
}
