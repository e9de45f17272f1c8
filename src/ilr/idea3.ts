import type { Completion, OnText, Peer } from '../model/peer'
import { type Key, Stream } from '../random'
import type { Discussion, Mode, Question, Stage, Task } from '../tasks/task'
import type { StepKeys } from './keys'
import { maxNewTokensOf, wordingOf } from './wording'

/**
 * Who discusses what. Rows are question-major, row = q * rollouts + k, and rollout k of a peer meets
 * rollout k of the others: lists below are [peer][row].
 */
export interface Table {
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

/** Greedy decoding of whole questions, one answer each. */
export function greedyTable(
  setting: Pick<Table, 'peers' | 'task' | 'keys'>,
  questions: readonly Question[],
): Table {
  return { ...setting, questions, slots: questions.map((_, q) => q), rollouts: 1, temperature: 0 }
}

/** S1 prompts, [peer][row]: the question only, as at solo inference. */
export function sharePrompts({ task, peers, questions, rollouts }: Table): string[][] {
  return peers.map((peer) => {
    const { sharePrompt } = wordingOf(task, peer)
    return questions.flatMap((question) => Array<string>(rollouts).fill(sharePrompt(question)))
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
    const order = table.keys.order(peer, table.slots[question], row % table.rollouts)
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
      const samples = prompts[index].map((prompt, row) => {
        const slot = table.slots[Math.floor(row / table.rollouts)]
        return { prompt, key: table.keys.rollout(index, slot, stage, row % table.rollouts) }
      })
      listener.progress(peer.id, 0, samples.length)
      // Text may come on another port than the result, and so after it; by then it is no news.
      let writing = true
      const onText: OnText | undefined = listener.text
        ? (rows) => {
            for (const { row, text } of rows) if (row === 0 && writing) listener.text?.(peer.id, text)
          }
        : undefined
      const maxNewTokens = maxNewTokensOf(table.task, peer, stage, table.peers.length)
      const completions = await peer.generate(
        { samples, temperature: table.temperature, maxNewTokens },
        onText,
      )
      writing = false
      listener.progress(peer.id, samples.length, samples.length)
      return completions
    }),
  )
}

/** Stages analyze and fuse after given ideas. Lists are [peer][row]. */
export interface Discussed {
  readonly analyzePrompts: readonly (readonly string[])[]
  readonly analyses: readonly (readonly Completion[])[]
  readonly fusePrompts: readonly (readonly string[])[]
  readonly answers: readonly (readonly Completion[])[]
}

/** `write` writes one stage for all peers; it may wait or refuse before it begins. */
export async function discuss(
  table: Table,
  modes: readonly Mode[],
  ideas: readonly (readonly Completion[])[],
  write: (
    stage: 'analyze' | 'fuse',
    prompts: readonly (readonly string[])[],
    heard: readonly (readonly Discussion[])[],
  ) => Promise<Completion[][]>,
): Promise<Discussed> {
  const heard = table.peers.map((_, i) => discussionsOf(table, i, modes, ideas))
  const wordings = table.peers.map((peer) => wordingOf(table.task, peer))
  const analyzePrompts = heard.map((rows, i) => rows.map(wordings[i].analyzePrompt))
  const analyses = await write('analyze', analyzePrompts, heard)
  const fusePrompts = wordings.map(({ fusePrompt }, i) =>
    discussionsOf(table, i, modes, ideas, analyses).map(fusePrompt),
  )
  const answers = await write('fuse', fusePrompts, heard)
  return { analyzePrompts, analyses, fusePrompts, answers }
}
