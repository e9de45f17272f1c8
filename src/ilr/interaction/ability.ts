import { hasDiscussion, type RunConfig } from '../../config/config'
import type { Peer } from '../../model/peer'
import { seedKey } from '../../random'
import type { Question, Task } from '../../tasks/task'
import type { PeerStatistics, References } from '../events'
import { StepKeys, VALIDATION } from '../step/keys'
import { maxNewTokensOf, wordingOf } from '../step/wording'
import { uncertainty } from './confidence_judge'

/** References measured for each one used, so different questions are ranked among different references. */
const REFERENCE_POOL = 2

export interface AbilityReport {
  /** Solo accuracy (greedy) on the validation questions, in [0, 1]. */
  readonly ability: number
  readonly references: References
}

/** Returns the questions that abilities are measured on, the same throughout a run. */
export function validationQuestions({ seed, abilityQuestions }: RunConfig, task: Task): Question[] {
  const keys = new StepKeys(seedKey(seed), VALIDATION)
  return task.questions('validation', keys.questions(), abilityQuestions)
}

/** Measures a peer's solo ability: one greedy answer to each question, without samples. */
export async function measureGreedily(
  peer: Peer,
  index: number,
  task: Task,
  questions: readonly Question[],
  config: RunConfig,
  keys: StepKeys,
): Promise<AbilityReport> {
  const { sharePrompt } = wordingOf(task, peer)
  const greedy = await peer.generate({
    samples: questions.map((question, q) => ({
      prompt: sharePrompt(question),
      key: keys.rollout(index, q, 'share', 0),
    })),
    temperature: 0,
    maxNewTokens: maxNewTokensOf(config, task, peer, 'share'),
  })
  const rewards = await Promise.all(greedy.map(({ text }, q) => task.reward(questions[q], text)))
  return {
    ability: rewards.filter(({ correct }) => correct).length / rewards.length,
    references: { greedy: greedy.map((completion) => uncertainty(task, [completion])), sampled: [] },
  }
}

/**
 * Measures as `measureGreedily` does. Where the peer's judge ranks by uncertainty, it also samples G answers
 * to the first few questions as a training step does, so that their uncertainty compares with a step's.
 */
export async function measureAbility(
  peer: Peer,
  index: number,
  task: Task,
  questions: readonly Question[],
  config: RunConfig,
  keys: StepKeys,
): Promise<AbilityReport> {
  const report = await measureGreedily(peer, index, task, questions, config, keys)
  if (!hasDiscussion(config) || config.difficultyJudge !== 'confidence') return report
  const group = config.numGenerations
  const { sharePrompt } = wordingOf(task, peer)
  const pool = questions.slice(0, REFERENCE_POOL * config.difficultyReferences)
  const rollouts = await peer.generate({
    samples: pool.flatMap((question, q) => {
      const prompt = sharePrompt(question)
      return Array.from({ length: group }, (_, k) => ({ prompt, key: keys.reference(index, q, k) }))
    }),
    temperature: config.temperature,
    maxNewTokens: maxNewTokensOf(config, task, peer, 'share'),
  })
  const sampled = pool.map((_, q) => uncertainty(task, rollouts.slice(q * group, (q + 1) * group)))
  return { ...report, references: { ...report.references, sampled } }
}

/**
 * Measures all peers at the same time.
 * @param onPeer called when a peer begins and when it is done
 */
export async function measurePeers(
  peers: readonly Peer[],
  measure: (peer: Peer, index: number) => Promise<AbilityReport>,
  onPeer: (peer: string, over: boolean) => void,
): Promise<PeerStatistics> {
  const reports = await Promise.all(
    peers.map(async (peer, i) => {
      onPeer(peer.id, false)
      const report = await measure(peer, i)
      onPeer(peer.id, true)
      return report
    }),
  )
  return {
    ability: Object.fromEntries(peers.map(({ id }, i) => [id, reports[i].ability])),
    references: Object.fromEntries(peers.map(({ id }, i) => [id, reports[i].references])),
  }
}
