import type { Peer } from '../../model/peer'
import type { Stage, Task, Wording } from '../../tasks/task'

/** A task as far as its wording goes. */
export type Worded = Wording & Pick<Task, 'instructed'>

/**
 * New tokens that a thinking peer has beyond what an answer takes. Its thoughts are trained tokens like any others, so this is a
 * bound on what a step costs, not on what the model would like: small ones think for about so long on a school problem.
 */
const THINKING_TOKENS = 1024

/** How a task is put to a peer: in words where it follows words. */
export function wordingOf(task: Worded, { promptStyle = 'plain' }: Pick<Peer, 'promptStyle'>): Wording {
  return promptStyle === 'plain' ? task : (task.instructed ?? task)
}

/** New tokens a peer may write where so many hold an answer. */
export function withThoughts(answerTokens: number, { promptStyle }: Pick<Peer, 'promptStyle'>): number {
  return answerTokens + (promptStyle === 'thinking' ? THINKING_TOKENS : 0)
}

/** New tokens a peer may write in a stage with so many peers. */
export function maxNewTokensOf(
  task: Worded,
  peer: Pick<Peer, 'promptStyle'>,
  stage: Stage,
  peers: number,
): number {
  return withThoughts(wordingOf(task, peer).maxNewTokens(stage, peers), peer)
}
