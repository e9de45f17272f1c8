import type { Peer } from '../../model/peer'
import type { Stage, Task, Wording } from '../../tasks/task'

/** The parts of a task that decide its wording. */
export type Worded = Wording & Pick<Task, 'instructed'>

/**
 * New tokens that a thinking peer may use beyond its answer. Thoughts are trained tokens like any others, so
 * this bounds the cost of a step. Small models think for about this long on a school problem.
 */
const THINKING_TOKENS = 1024

/** Returns a task's wording for a peer; instructed peers get the task's instructions. */
export function wordingOf(task: Worded, { promptStyle = 'plain' }: Pick<Peer, 'promptStyle'>): Wording {
  return promptStyle === 'plain' ? task : (task.instructed ?? task)
}

/** Returns the new tokens a peer may write where an answer takes `answerTokens`. */
export function withThoughts(answerTokens: number, { promptStyle }: Pick<Peer, 'promptStyle'>): number {
  return answerTokens + (promptStyle === 'thinking' ? THINKING_TOKENS : 0)
}

/**
 * Returns the new tokens a peer may write in a stage of a run with `peers` peers. A peer that is alone reads two
 * ideas in a debate with itself.
 */
export function maxNewTokensOf(
  task: Worded,
  peer: Pick<Peer, 'promptStyle'>,
  stage: Stage,
  peers: number,
): number {
  return withThoughts(wordingOf(task, peer).maxNewTokens(stage, Math.max(2, peers)), peer)
}
