import type { Key } from '../random'

/** The three splits are disjoint by construction: a question's own content decides its split. */
export type Split = 'train' | 'validation' | 'heldout'
export type Stage = 'share' | 'analyze' | 'fuse'
export type Mode = 'cooperate' | 'compete'

export interface Question {
  /** Stable name made from the content; equal ids mean equal questions. */
  readonly id: string
  readonly text: string
  /** The checkable answer, in the form the task's checker reads. */
  readonly answer: string
  readonly skill: string
  readonly level: number
  /** The steps of a right solution, e.g. `12+7=19`. */
  readonly steps: readonly string[]
}

/** What a peer sees in stages analyze and fuse. Texts are completions as written, in full. */
export interface Discussion {
  readonly question: Question
  readonly mode: Mode
  /** The peer's own idea (its S1 completion). */
  readonly own: string
  /** The other peers' ideas, in the order shown. */
  readonly others: readonly string[]
  /** The peer's own S2 completion; only stage fuse sees it. */
  readonly analysis?: string
}

/** Reward in named parts; `total` is what is trained on. All in [0, 1]. */
export interface Reward {
  readonly total: number
  readonly correct: boolean
  /** Named parts before weighting, e.g. { correct, format, steps }. */
  readonly parts: Readonly<Record<string, number>>
}

/** A family of questions with its prompts, its checker and its reward. Pure: no model, no DOM. */
export interface Task {
  readonly name: string
  readonly skills: readonly string[]
  /** n questions of a split, balanced over skills; the same key gives the same questions. */
  questions(split: Split, key: Key, n: number): Question[]
  /** S1, byte-identical to the prompt of solo inference. */
  sharePrompt(question: Question): string
  /** S2. */
  analyzePrompt(discussion: Discussion): string
  /** S3. */
  fusePrompt(discussion: Discussion): string
  /** Reward of an S1 or S3 completion. */
  reward(question: Question, completion: string): Reward
  /** Reward of an S2 completion: are its verdicts on the ideas right? */
  analysisReward(discussion: Discussion, completion: string): Reward
  /** The extracted final answer, or null where there is none. */
  answerOf(completion: string): string | null
  /** Upper bound of new tokens per stage, for embedded peers. */
  readonly maxNewTokens: Readonly<Record<Stage, number>>
}
