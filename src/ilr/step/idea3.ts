/** Idea3 (arXiv 2509.26306): what the peers read in each of its stages, and how all of them write one. */
import type { Completion, OnText, Peer } from '../../model/peer'
import { Stream } from '../../random'
import type { Discussion, Mode, Question, Stage, Task } from '../../tasks/task'
import type { StepKeys } from './keys'
import { maxNewTokensOf, wordingOf } from './wording'

/**
 * Questions that peers answer and discuss. Rows are question-major, row = q * rollouts + k, and rollout k of a peer meets
 * rollout k of the others: lists below are [peer][row].
 */
export interface DiscussionBatch {
  readonly peers: readonly Peer[]
  readonly task: Task
  readonly questions: readonly Question[]
  /** Names each question's randomness: equal slots draw alike, in whatever list the question stands. */
  readonly slots: readonly number[]
  readonly rollouts: number
  /** 0 is greedy. */
  readonly temperature: number
  readonly keys: StepKeys
}

/** Told of each peer's part of a stage as it begins (`done` 0) and ends, and of text while it is written. */
export interface StageListener {
  progress(peer: string, done: number, total: number): void
  text?(peer: string, text: string): void
}

/** The rows of one question. */
export function groupOf<T>(rows: readonly T[], q: number, rollouts: number): readonly T[] {
  return rows.slice(q * rollouts, (q + 1) * rollouts)
}

/** Greedy decoding of whole questions, one answer each. */
export function greedyBatch(
  base: Pick<DiscussionBatch, 'peers' | 'task' | 'keys'>,
  questions: readonly Question[],
): DiscussionBatch {
  return { ...base, questions, slots: questions.map((_, q) => q), rollouts: 1, temperature: 0 }
}

/** Prompts of stage share: the question only, as at solo inference. */
export function sharePrompts({ task, peers, questions, rollouts }: DiscussionBatch): string[][] {
  return peers.map((peer) => {
    const { sharePrompt } = wordingOf(task, peer)
    return questions.flatMap((question) => Array<string>(rollouts).fill(sharePrompt(question)))
  })
}

/** What each peer reads in stage analyze: its own idea and the others', with several others in an order that is drawn. */
export function discussionsOf(
  { peers, questions, slots, rollouts, keys }: DiscussionBatch,
  modes: readonly Mode[],
  ideas: readonly (readonly Completion[])[],
): Discussion[][] {
  return peers.map((_, peer) => {
    const others = peers.map((_, index) => index).filter((index) => index !== peer)
    return ideas[peer].map(({ text: own }, row) => {
      const q = Math.floor(row / rollouts)
      const order = keys.order(peer, slots[q], row % rollouts)
      const shown = others.length > 1 ? new Stream(order).shuffle(others) : others
      const heard = shown.map((other) => ideas[other][row].text)
      return { question: questions[q], mode: modes[q], own, others: heard }
    })
  })
}

/** What each peer reads in stage fuse: the same, and its own analysis. */
export function withAnalyses(
  discussions: readonly (readonly Discussion[])[],
  analyses: readonly (readonly Completion[])[],
): Discussion[][] {
  return discussions.map((rows, peer) =>
    rows.map((discussion, row) => ({ ...discussion, analysis: analyses[peer][row].text })),
  )
}

/** Prompts of discussions in each peer's wording; `debate` asks for an answer without an analysis. */
export function discussionPrompts(
  { task, peers }: DiscussionBatch,
  stage: 'analyze' | 'fuse' | 'debate',
  discussions: readonly (readonly Discussion[])[],
): string[][] {
  return discussions.map((rows, peer) => rows.map(wordingOf(task, peers[peer])[`${stage}Prompt`]))
}

/** All peers write one stage at the same time, each its rows in one call. */
export function writeStage(
  { peers, task, slots, rollouts, temperature, keys }: DiscussionBatch,
  stage: Stage,
  prompts: readonly (readonly string[])[],
  listener: StageListener,
): Promise<Completion[][]> {
  return Promise.all(
    peers.map(async (peer, index) => {
      const samples = prompts[index].map((prompt, row) => {
        const slot = slots[Math.floor(row / rollouts)]
        return { prompt, key: keys.rollout(index, slot, stage, row % rollouts) }
      })
      listener.progress(peer.id, 0, samples.length)
      // Text may come on another port than the result, and so after it; by then it is no news.
      let writing = true
      const onText: OnText | undefined =
        listener.text &&
        ((rows) => {
          for (const { row, text } of rows) if (row === 0 && writing) listener.text?.(peer.id, text)
        })
      const maxNewTokens = maxNewTokensOf(task, peer, stage, peers.length)
      const completions = await peer.generate({ samples, temperature, maxNewTokens }, onText)
      writing = false
      listener.progress(peer.id, samples.length, samples.length)
      return completions
    }),
  )
}
