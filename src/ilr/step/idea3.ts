/** Idea3 (arXiv 2509.26306): what the peers read in each stage, and how all of them write it. */
import type { Completion, OnText, Peer } from '../../model/peer'
import { Stream } from '../../random'
import type { Discussion, Mode, Question, Stage, Task } from '../../tasks/task'
import type { StepKeys } from './keys'
import { type LengthSettings, maxNewTokensOf, wordingOf } from './wording'

/**
 * Questions that peers answer and discuss. Rows are question-major: row = q * rollouts + k. Rollout k of a
 * peer meets rollout k of the others. Lists below are [peer][row].
 */
export interface DiscussionBatch {
  readonly config: LengthSettings
  readonly peers: readonly Peer[]
  readonly task: Task
  readonly questions: readonly Question[]
  /**
   * Identifies each question's random draws: equal slots draw alike, wherever the question stands in a list.
   */
  readonly slots: readonly number[]
  readonly rollouts: number
  /** 0 means greedy decoding. */
  readonly temperature: number
  readonly keys: StepKeys
}

/**
 * Receives each peer's progress in a stage, at its begin (`done` 0) and end, and text while it is written.
 */
export interface StageListener {
  progress(peer: string, done: number, total: number): void
  text?(peer: string, text: string): void
}

/** Returns the rows of one question. */
export function groupOf<T>(rows: readonly T[], q: number, rollouts: number): readonly T[] {
  return rows.slice(q * rollouts, (q + 1) * rollouts)
}

/** Returns a batch for greedy decoding, one answer to each question. */
export function greedyBatch(
  base: Pick<DiscussionBatch, 'config' | 'peers' | 'task' | 'keys'>,
  questions: readonly Question[],
): DiscussionBatch {
  return { ...base, questions, slots: questions.map((_, q) => q), rollouts: 1, temperature: 0 }
}

/** Returns the prompts of stage share: only the question, as at solo inference. */
export function sharePrompts({ task, peers, questions, rollouts }: DiscussionBatch): string[][] {
  return peers.map((peer) => {
    const { sharePrompt } = wordingOf(task, peer)
    return questions.flatMap((question) => Array<string>(rollouts).fill(sharePrompt(question)))
  })
}

/**
 * Returns what each peer reads in stage analyze: its own idea and the others'. Several others come in a drawn
 * order.
 */
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
      const texts = shown.map((other) => ideas[other][row].text)
      return { question: questions[q], mode: modes[q], own, others: texts }
    })
  })
}

/**
 * Returns what each peer reads in a debate with itself: rollout k meets rollout (k + 1) mod G of the same peer
 * and question (Self-Debate RL, arXiv 2601.22297: the other answer is the model's own).
 */
export function selfDebatesOf(
  { questions, rollouts }: Pick<DiscussionBatch, 'questions' | 'rollouts'>,
  modes: readonly Mode[],
  ideas: readonly (readonly Completion[])[],
): Discussion[][] {
  return ideas.map((rows) =>
    rows.map(({ text: own }, row) => {
      const q = Math.floor(row / rollouts)
      const next = groupOf(rows, q, rollouts)[((row % rollouts) + 1) % rollouts]
      return { question: questions[q], mode: modes[q], own, others: [next.text] }
    }),
  )
}

/** Returns what each peer reads in stage fuse: the same, and its own analysis. */
export function withAnalyses(
  discussions: readonly (readonly Discussion[])[],
  analyses: readonly (readonly Completion[])[],
): Discussion[][] {
  return discussions.map((rows, peer) =>
    rows.map((discussion, row) => ({ ...discussion, analysis: analyses[peer][row].text })),
  )
}

/**
 * Returns the prompts of discussions in each peer's wording. `debate` asks for an answer without an analysis.
 */
export function discussionPrompts(
  { task, peers }: DiscussionBatch,
  stage: 'analyze' | 'fuse' | 'debate',
  discussions: readonly (readonly Discussion[])[],
): string[][] {
  return discussions.map((rows, peer) => rows.map(wordingOf(task, peers[peer])[`${stage}Prompt`]))
}

/**
 * Lets all peers write one stage at the same time, each in one call. A discussion is written by the peer's
 * `discussion` where it has one.
 */
export function writeStage(
  { config, peers, task, slots, rollouts, temperature, keys }: DiscussionBatch,
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
      // Text may use another port than the result, so it can arrive later. Late text is ignored.
      let writing = true
      const onText: OnText | undefined =
        listener.text &&
        ((rows) => {
          for (const { row, text } of rows) if (row === 0 && writing) listener.text?.(peer.id, text)
        })
      const maxNewTokens = maxNewTokensOf(config, task, peer, stage)
      const writer = stage === 'share' ? peer : (peer.discussion ?? peer)
      const completions = await writer.generate({ samples, temperature, maxNewTokens }, onText)
      writing = false
      listener.progress(peer.id, samples.length, samples.length)
      return completions
    }),
  )
}
