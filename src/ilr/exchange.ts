import type { Peer } from '../model/peer'
import type { Exchange, StageText } from './events'
import { STAGES } from './keys'
import type { StepRecord } from './step'

/** What became of the step's first question: rollout 0 of every peer, in the stages it reached. */
export function exchangeOf(peers: readonly Peer[], step: StepRecord): Exchange {
  const texts = (peer: number) =>
    STAGES.flatMap((stage): StageText[] => {
      const { questions, prompts, completions, rewards, advantages } = step.stages[stage]
      if (questions[0] !== 0) return []
      const reward = rewards[peer][0]
      return [
        {
          stage,
          prompt: prompts[peer][0],
          text: completions[peer][0].text,
          reward,
          calibratedReward: advantages?.calibrated(peer, 0, 0) ?? reward.total,
          advantage: advantages?.advantage(peer, 0, 0) ?? 0,
        },
      ]
    })
  const judged = step.judgements.every((own) => own.length > 0)
  return {
    question: step.questions[0],
    mode: step.modes[0],
    judgement: judged ? Object.fromEntries(peers.map(({ id }, i) => [id, step.judgements[i][0]])) : {},
    peers: Object.fromEntries(peers.map(({ id }, i) => [id, texts(i)])),
  }
}
