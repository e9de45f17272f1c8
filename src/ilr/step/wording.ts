import type { RunConfig } from '../../config/config'
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

/** The settings that decide how long completions may be. */
export type LengthSettings = Pick<RunConfig, 'maxCompletionLength' | 'peers'>

/**
 * Returns the most new tokens of one completion in a stage, thoughts included: `maxCompletionLength` (as TRL's
 * `max_completion_length`) where the peer writes sentences and the setting has a number, else the wording's
 * limit with room for thoughts.
 */
export function maxNewTokensOf(
  settings: LengthSettings,
  task: Worded,
  peer: Pick<Peer, 'promptStyle'>,
  stage: Stage,
): number {
  const { maxCompletionLength } = settings
  if (maxCompletionLength !== undefined && writesSentences(task, peer)) return maxCompletionLength
  return withThoughts(answerTokensOf(settings, task, peer, stage), peer)
}

/** Returns the wording's limit. A peer that is alone reads two ideas in a debate with itself. */
function answerTokensOf(
  { peers }: LengthSettings,
  task: Worded,
  peer: Pick<Peer, 'promptStyle'>,
  stage: Stage,
): number {
  return wordingOf(task, peer).maxNewTokens(stage, Math.max(2, peers.length))
}

/**
 * Returns the most tokens of a completion that other peers read, without its thoughts. A thinking peer with a
 * `maxCompletionLength` is expected to think as long as one without, and to leave at least an answer's room.
 */
export function maxReadTokensOf(
  settings: LengthSettings,
  task: Worded,
  peer: Pick<Peer, 'promptStyle'>,
  stage: Stage,
): number {
  const limit = maxNewTokensOf(settings, task, peer, stage)
  if (peer.promptStyle !== 'thinking') return limit
  const answer = answerTokensOf(settings, task, peer, stage)
  return Math.max(limit - THINKING_TOKENS, Math.min(limit, answer))
}

/**
 * Whether `maxCompletionLength` applies to a peer. It does not where the peer reads the plain wording of a task
 * that also has another one: embedded peers write short lines, and their positions fit no more.
 */
export function writesSentences(task: Worded, { promptStyle = 'plain' }: Pick<Peer, 'promptStyle'>): boolean {
  return promptStyle !== 'plain' || task.instructed === undefined
}
