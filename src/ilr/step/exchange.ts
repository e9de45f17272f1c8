import type { Peer, WatchedSequence } from '../../model/peer'
import { STAGES, type Stage } from '../../tasks/task'
import type { Exchange, RolloutGroup, StageText } from '../events'
import { judgementsOn } from '../interaction/mode'
import type { StepRecord } from './step'
import { rounded, textTokens } from './text_tokens'

/** Returns the exchange on the step's first question: rollout 0 of every peer, in the stages it reached. */
export async function exchangeOf(peers: readonly Peer[], step: StepRecord): Promise<Exchange> {
  const texts = await Promise.all(peers.map((peer, i) => textsOf(peer, i, step)))
  return {
    question: step.questions[0],
    mode: step.modes[0],
    judgement: judgementsOn(peers, step.judgements, 0),
    peers: Object.fromEntries(peers.map(({ id }, i) => [id, texts[i]])),
  }
}

async function textsOf(peer: Peer, index: number, step: StepRecord): Promise<StageText[]> {
  const reached = STAGES.filter((stage) => step.stages[stage].questions[0] === 0)
  const completions = reached.map((stage) => step.stages[stage].completions[index][0])
  const spans = await peer.spans(completions.map(({ ids }) => ids))
  return reached.map((stage, n): StageText => {
    const { prompts, rewards, advantages } = step.stages[stage]
    const reward = rewards[index][0]
    return {
      stage,
      prompt: prompts[index][0],
      text: completions[n].text,
      reward,
      calibratedReward: advantages?.calibrated(index, 0, 0) ?? reward.total,
      advantage: advantages?.advantage(index, 0, 0) ?? 0,
      tokens: textTokens(completions[n], spans[n], watchedOf(step, index, stage)),
      ...groupOf(step, stage, index),
    }
  })
}

/** Returns what training saw of a peer's first text of a stage; null where it is not trained. */
function watchedOf(
  { learners, batches, updates }: StepRecord,
  peer: number,
  stage: Stage,
): WatchedSequence | null {
  for (const [i, { index }] of learners.entries()) {
    const watched = Object.keys(batches[i].shown).indexOf(stage)
    if (index === peer && watched >= 0) return updates[i]?.watched[watched] ?? null
  }
  return null
}

/** Returns no group where the stage is not trained. */
function groupOf({ stages }: StepRecord, stage: Stage, peer: number): { group?: RolloutGroup } {
  const { rewards, rollouts, advantages } = stages[stage]
  if (advantages === null) return {}
  const own = rewards[peer].slice(0, rollouts)
  const group = {
    rewards: own.map(({ total }) => rounded(total)),
    correct: own.map(({ correct }) => correct),
    calibrated: own.map((_, k) => rounded(advantages.calibrated(peer, 0, k))),
    advantages: own.map((_, k) => rounded(advantages.advantage(peer, 0, k))),
  }
  return { group }
}
