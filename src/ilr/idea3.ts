import type { Completion, OnText, Peer } from '../model/peer'
import { type Key, Stream } from '../random'
import type { Discussion, Mode, Question, Stage, Task } from '../tasks/task'
import type { StepKeys } from './keys'

/**
 * Who discusses what. Rows are question-major, row = q * rollouts + k, and rollout k of a peer meets
 * rollout k of the others: lists below are [peer][row].
 */
export interface Table {
  readonly peers: readonly Peer[]
  readonly task: Task
  readonly questions: readonly Question[]
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

/** S1 prompts: the question only, as at solo inference. One list for all peers. */
export function sharePrompts({ task, questions, rollouts }: Table): string[] {
  return questions.flatMap((question) => {
    const prompt = task.sharePrompt(question)
    return Array.from({ length: rollouts }, () => prompt)
  })
}

/**
 * What one peer sees in S2, or with its analyses in S3: its own idea and the others', in a seeded shuffled
 * order that is the same in both stages.
 */
export function discussionsOf(
  table: Table,
  peer: number,
  modes: readonly Mode[],
  ideas: readonly (readonly Completion[])[],
  analyses?: readonly (readonly Completion[])[],
): Discussion[] {
  const others = table.peers.map((_, index) => index).filter((index) => index !== peer)
  return ideas[peer].map((idea, row) => {
    const question = Math.floor(row / table.rollouts)
    const order = table.keys.order(peer, question, row % table.rollouts)
    return {
      question: table.questions[question],
      mode: modes[question],
      own: idea.text,
      others: shownOrder(others, order).map((other) => ideas[other][row].text),
      ...(analyses && { analysis: analyses[peer][row].text }),
    }
  })
}

function shownOrder(others: readonly number[], key: Key): readonly number[] {
  return others.length > 1 ? new Stream(key).shuffle(others) : others
}

/** All peers write one stage at the same time, each its rows in one call. `prompts` is [peer][row]. */
export function writeStage(
  table: Table,
  stage: Stage,
  prompts: readonly (readonly string[])[],
  listener: StageListener,
): Promise<Completion[][]> {
  return Promise.all(
    table.peers.map(async (peer, index) => {
      const samples = prompts[index].map((prompt, row) => ({
        prompt,
        key: table.keys.rollout(index, Math.floor(row / table.rollouts), stage, row % table.rollouts),
      }))
      listener.progress(peer.id, 0, samples.length)
      // Text may come on another port than the result, and so after it; by then it is no news.
      let writing = true
      const onText: OnText | undefined = listener.text
        ? (rows) => {
            for (const { row, text } of rows) if (row === 0 && writing) listener.text?.(peer.id, text)
          }
        : undefined
      const completions = await peer.generate(
        { samples, temperature: table.temperature, maxNewTokens: table.task.maxNewTokens[stage] },
        onText,
      )
      writing = false
      listener.progress(peer.id, samples.length, samples.length)
      return completions
    }),
  )
}
