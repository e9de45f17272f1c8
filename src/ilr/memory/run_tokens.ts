/**
 * Estimates the tokens that a run's peers read and write, from its configuration and the outlines of its models,
 * and refuses runs whose texts do not fit the models.
 */
import { hasDiscussion, measuredMethods, type RunConfig } from '../../config/config'
import { ColloquyError } from '../../errors'
import { MOST_POSITIONS } from '../../model/import/config'
import type { ModelOutline } from '../../model/import/outline'
import type { Peer } from '../../model/peer'
import { codeWording } from '../../tasks/code/code_wording'
import { questionFileWording } from '../../tasks/question_file'
import type { Question, Stage } from '../../tasks/task'
import { halves, wordProblems } from '../../tasks/word_problems'
import { maxNewTokensOf, maxReadTokensOf, type Worded, wordingOf } from '../step/wording'

/** Known model outlines, by peer id. */
export type Outlines = Readonly<Record<string, ModelOutline>>

/** The wording of each task, without its questions. */
const WORDINGS: Readonly<Record<RunConfig['task'], Worded>> = {
  'word-problems': wordProblems,
  halves,
  code: codeWording,
  'question-file': questionFileWording,
}

/** Tokens of a long question, and the approximate number of English characters in a token. */
const QUESTION_TOKENS = 64
const CHARACTERS = 4
const QUESTION: Question = { id: '', text: '', answer: '', skill: '', level: 0, steps: [] }

/** Returns how a peer of the run will be prompted. */
function promptStyleOf(
  { peers }: RunConfig,
  outlines: Outlines,
  id: string,
): Required<Pick<Peer, 'promptStyle'>> {
  const thinks = peers.some((peer) => peer.id === id && peer.thinking === true)
  return { promptStyle: thinks ? 'thinking' : (outlines[id]?.promptStyle ?? 'plain') }
}

/** Returns the positions that a peer's model will have. */
function positionsOf(outlines: Outlines, id: string): number {
  return Math.min(outlines[id].config.maxPositions, MOST_POSITIONS)
}

/**
 * Estimates tokens: `tokens` of the longest row (solo, or after everything it reads in a discussion),
 * `prompt` of that row's prompt, `trained` of a training row that holds a whole group on one prompt.
 */
export function tokensOf(config: RunConfig, outlines: Outlines, id: string) {
  const task = WORDINGS[config.task]
  const peer = promptStyleOf(config, outlines, id)
  const { prompt, completion } = longestRow(config, outlines, id)
  const positions = positionsOf(outlines, id)
  const alone = Math.ceil(wordingOf(task, peer).sharePrompt(QUESTION).length / CHARACTERS) + QUESTION_TOKENS
  const group = alone + config.numGenerations * maxNewTokensOf(config, task, peer, 'share')
  return {
    prompt: Math.min(prompt, positions - 1),
    tokens: Math.min(prompt + completion, positions),
    trained: Math.min(Math.max(prompt + completion, group), positions),
  }
}

/** Estimates the tokens of a peer's longest prompt and of its completion, as if the model had endless positions. */
function longestRow(config: RunConfig, outlines: Outlines, id: string) {
  const task = WORDINGS[config.task]
  const peer = promptStyleOf(config, outlines, id)
  const { sharePrompt, fusePrompt } = wordingOf(task, peer)
  const stage = discusses(config) ? 'fuse' : 'share'
  const empty = { question: QUESTION, mode: 'cooperate' as const, own: '', others: [], analysis: '' }
  const template = stage === 'fuse' ? fusePrompt(empty) : sharePrompt(QUESTION)
  const heard = stage === 'fuse' ? heardTokens(config, outlines, id) : 0
  return {
    prompt: Math.ceil(template.length / CHARACTERS) + QUESTION_TOKENS + heard,
    completion: maxNewTokensOf(config, task, peer, stage),
  }
}

function discusses(config: RunConfig): boolean {
  return hasDiscussion(config) || readsOthers(config)
}

/** Whether peers read each other's texts, in training or in tests. */
function readsOthers(config: RunConfig): boolean {
  const measured = measuredMethods(config)
  return config.method === 'ilr' || measured.includes('idea3') || measured.includes('debate')
}

/**
 * Returns the most tokens of the ideas and own analysis that a peer reads in stage fuse. Thoughts are not
 * counted: no peer reads them.
 */
export function heardTokens(config: RunConfig, outlines: Outlines, id: string): number {
  const task = WORDINGS[config.task]
  const limit = (peer: string, stage: Stage) =>
    maxReadTokensOf(config, task, promptStyleOf(config, outlines, peer), stage)
  const all = config.peers.reduce((sum, peer) => sum + limit(peer.id, 'share'), 0)
  const ideas = Math.max(
    readsOthers(config) ? all : 0,
    config.method === 'self-debate' ? 2 * limit(id, 'share') : 0,
  )
  return ideas + limit(id, 'analyze')
}

/**
 * Refuses a run in which a peer cannot read the other peers' texts: an embedded peer reads 320 tokens, and an
 * instructed model's ideas take nearly as many. Peers without an outline are skipped.
 * @throws ColloquyError `config`
 */
export function requireListeners(config: RunConfig, outlines: Outlines): void {
  if (!readsOthers(config)) return
  const known = config.peers.filter(({ id }) => Object.hasOwn(outlines, id))
  const instructed = known.filter(({ id }) => promptStyleOf(config, outlines, id).promptStyle !== 'plain')
  if (instructed.length === 0) return
  for (const { id } of known) {
    const [heard, positions] = [heardTokens(config, outlines, id), positionsOf(outlines, id)]
    if (promptStyleOf(config, outlines, id).promptStyle !== 'plain' || heard < positions) continue
    throw new ColloquyError({
      code: 'config',
      what: `peer ${id} beside ${instructed.map((peer) => peer.id).join(' and ')}`,
      found: `a model that reads ${positions} tokens, but a discussion with an instructed model has ${heard} or more`,
      wanted: 'peers that can read what the others write',
      todo: `Give ${id} a larger model, too, or choose only small models`,
    })
  }
}

/**
 * Refuses a `maxCompletionLength` with which a peer's longest prompt and its completion may exceed its model's
 * positions: the completion would be cut, or the run would end in the middle of a step. Peers without an outline
 * are skipped, and so are runs that leave the length to the task.
 * @throws ColloquyError `config`, with the largest length that fits
 */
export function requireCompletionRoom(config: RunConfig, outlines: Outlines): void {
  const { maxCompletionLength, peers } = config
  if (maxCompletionLength === undefined) return
  for (const { id } of peers.filter((peer) => Object.hasOwn(outlines, peer.id))) {
    const positions = positionsOf(outlines, id)
    const needed = (length: number) => {
      const { prompt, completion } = longestRow({ ...config, maxCompletionLength: length }, outlines, id)
      return prompt + completion
    }
    if (needed(maxCompletionLength) <= positions) continue
    let [fits, tooLong] = [0, maxCompletionLength]
    while (tooLong - fits > 1) {
      const middle = Math.floor((fits + tooLong) / 2)
      if (needed(middle) <= positions) fits = middle
      else tooLong = middle
    }
    throw new ColloquyError({
      code: 'config',
      what: `answers of ${id}`,
      found: `up to ${needed(maxCompletionLength)} tokens with their prompts, but its model reads ${positions}`,
      wanted: `at most ${positions} tokens`,
      todo: fits > 0 ? `Lower maxCompletionLength to ${fits}` : 'Choose a model that reads more tokens',
    })
  }
}
