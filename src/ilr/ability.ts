import type { Peer } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { Question, Task } from '../tasks/task'
import { uncertainty } from './confidence_judge'
import type { References } from './events'
import type { StepKeys } from './keys'
import { maxNewTokensOf, wordingOf } from './wording'

/** References measured per reference ranked among: different questions are ranked among different ones. */
const REFERENCE_POOL = 2

export interface AbilityReport {
  /** Solo accuracy (greedy) on the validation questions, in [0, 1]. */
  readonly ability: number
  readonly references: References
}

/**
 * What a peer can do alone, on fixed validation questions: one greedy answer each; and, where its judge ranks by
 * uncertainty, G sampled answers to the first few as in a training step, so that its uncertainty there compares with that of a step.
 */
export async function measureAbility(
  peer: Peer,
  index: number,
  task: Task,
  questions: readonly Question[],
  config: RunConfig,
  keys: StepKeys,
): Promise<AbilityReport> {
  const group = config.numGenerations
  const { sharePrompt } = wordingOf(task, peer)
  const maxNewTokens = maxNewTokensOf(task, peer, 'share', config.peers.length)
  const greedy = await peer.generate({
    samples: questions.map((question, q) => ({
      prompt: sharePrompt(question),
      key: keys.rollout(index, q, 'share', 0),
    })),
    temperature: 0,
    maxNewTokens,
  })
  const ranked = config.method === 'ilr' && config.difficultyJudge === 'confidence'
  const pool = ranked ? questions.slice(0, REFERENCE_POOL * config.difficultyReferences) : []
  const sampled =
    pool.length === 0
      ? []
      : await peer.generate({
          samples: pool.flatMap((question, q) => {
            const prompt = sharePrompt(question)
            return Array.from({ length: group }, (_, k) => ({ prompt, key: keys.reference(index, q, k) }))
          }),
          temperature: config.temperature,
          maxNewTokens,
        })
  const rewards = await Promise.all(greedy.map(({ text }, q) => task.reward(questions[q], text)))
  return {
    ability: rewards.filter(({ correct }) => correct).length / rewards.length,
    references: {
      greedy: greedy.map((completion) => uncertainty(task, [completion])),
      sampled: pool.map((_, q) => uncertainty(task, sampled.slice(q * group, (q + 1) * group))),
    },
  }
}
