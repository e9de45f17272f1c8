import type { RunConfig } from '../../config/config'
import type { Completion, Peer } from '../../model/peer'
import { seedKey } from '../../random'
import { mean } from '../../report/averages'
import { type Question, sizeOf, type Task } from '../../tasks/task'
import type { Abilities } from '../events'
import { StepKeys, VALIDATION } from '../step/keys'
import { maxNewTokensOf, wordingOf } from '../step/wording'

/** A peer's greedy answers to questions. */
export interface GreedyAnswers {
  readonly completions: readonly Completion[]
  /** Share of right answers, in [0, 1]. */
  readonly accuracy: number
}

/**
 * Returns the questions that abilities are measured on, the same throughout a run: all validation questions of a
 * file that has fewer than `abilityQuestions`.
 */
export function validationQuestions({ seed, abilityQuestions }: RunConfig, task: Task): Question[] {
  const keys = new StepKeys(seedKey(seed), VALIDATION)
  return task.questions('validation', keys.questions(), sizeOf(task, 'validation', abilityQuestions))
}

/** Answers each question once, greedily, on the prompt of solo inference. */
export async function answerGreedily(
  peer: Peer,
  index: number,
  task: Task,
  questions: readonly Question[],
  config: RunConfig,
  keys: StepKeys,
): Promise<GreedyAnswers> {
  const { sharePrompt } = wordingOf(task, peer)
  const completions = await peer.generate({
    samples: questions.map((question, q) => ({
      prompt: sharePrompt(question),
      key: keys.rollout(index, q, 'share', 0),
    })),
    temperature: 0,
    maxNewTokens: maxNewTokensOf(config, task, peer, 'share'),
  })
  const rewards = await Promise.all(completions.map(({ text }, q) => task.reward(questions[q], text)))
  return { completions, accuracy: mean(rewards.map(({ correct }) => Number(correct))) }
}

/**
 * Measures all peers at the same time.
 * @param onPeer called when a peer begins and when it is done
 */
export function measurePeers(
  peers: readonly Peer[],
  measure: (peer: Peer, index: number) => Promise<GreedyAnswers>,
  onPeer: (peer: string, over: boolean) => void,
): Promise<GreedyAnswers[]> {
  return Promise.all(
    peers.map(async (peer, i) => {
      onPeer(peer.id, false)
      const answers = await measure(peer, i)
      onPeer(peer.id, true)
      return answers
    }),
  )
}

/** Returns the accuracies by peer id: the peers' abilities where the questions are for validation. */
export function abilitiesOf(peers: readonly Peer[], answers: readonly GreedyAnswers[]): Abilities {
  return Object.fromEntries(peers.map(({ id }, i) => [id, answers[i].accuracy]))
}
