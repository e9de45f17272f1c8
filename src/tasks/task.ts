import type { Key } from '../random'

/**
 * The splits are disjoint by construction: a question's own content decides its split. `ood` (out of distribution) is harder than
 * anything trained on; a task may have none.
 */
export type Split = 'train' | 'validation' | 'heldout' | 'ood'
/** The stages of a discussion, in order. */
export const STAGES = ['share', 'analyze', 'fuse'] as const
export type Stage = (typeof STAGES)[number]
export type Mode = 'cooperate' | 'compete'

export interface Question {
  /** Stable name made from the content; equal ids mean equal questions. */
  readonly id: string
  readonly text: string
  /** The checkable answer, in the form the task's checker reads; empty where it is not known, as of a visitor's own question. */
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

/**
 * The prompts of a task family, as data: one file per family (`*.prompts.ts`), shown verbatim by the page. Slots:
 * `{question}`, `{ideas}` (one `idea` per peer, one's own first) and `{analysis}` (the peer's own S2 completion).
 */
export interface PromptSet {
  /** S1, and solo inference: the question only. */
  readonly share: string
  /** One idea among `{ideas}`: `{label}` is `Mine`, `Theirs`, `Theirs 2` …; `{idea}` the completion as one line. */
  readonly idea: string
  readonly analyze: Readonly<Record<Mode, string>>
  readonly fuse: Readonly<Record<Mode, string>>
  /** The debate baseline at inference: others' ideas are seen, nothing is analyzed. */
  readonly debate: string
}

/** What a task's prompts come to for one question or discussion. */
export interface Prompts {
  sharePrompt(question: Question): string
  analyzePrompt(discussion: Discussion): string
  fusePrompt(discussion: Discussion): string
  debatePrompt(discussion: Discussion): string
}

/** How a task is put to a peer. */
export interface Wording extends Prompts {
  /** The templates its prompts are made from, for showing. */
  readonly prompts: PromptSet
  /** Upper bound of new tokens of a stage with so many peers. */
  maxNewTokens(stage: Stage, peers: number): number
}

/**
 * A family of questions with its prompts, its checker and its reward. No model, no DOM; a reward that takes a judge of its own
 * (unit tests in a worker) is a promise.
 */
export interface Task extends Wording {
  readonly name: string
  /** The wording for instructed models, in sentences; left out where the task's own is that. */
  readonly instructed?: Wording
  readonly skills: readonly string[]
  /** How many questions each split has, where they are not made but given. */
  readonly sizes?: Readonly<Record<Split, number>>
  /** n questions of a split, balanced over skills; the same key gives the same questions. */
  questions(split: Split, key: Key, n: number): Question[]
  /**
   * A visitor's own question; `answer` is null where it is not known. Left out where an answer alone is not enough to check by.
   * @throws ColloquyError `task` where there are no words, or the checker cannot read the answer
   */
  ownQuestion?(text: string, answer: string | null): Question
  /** Reward of an S1 or S3 completion. */
  reward(question: Question, completion: string): Reward | Promise<Reward>
  /** Reward of an S2 completion: are its verdicts on the ideas right? */
  analysisReward(discussion: Discussion, completion: string): Reward | Promise<Reward>
  /**
   * Which of the readings that a question needs an S1 or S3 completion has right, by their names. Left out where a question needs one,
   * which its skill says.
   */
  readings?(question: Question, completion: string): Readonly<Record<string, boolean>>
  /** The extracted final answer, or null where there is none; equal texts are equal answers. */
  answerOf(completion: string): string | null
}

/** Reward of a wrong answer: for its form, and for the share of right steps in it. */
const FORMAT_REWARD = 0.1
const STEPS_REWARD = 0.3

/** 1 where right, else 0.1 times `format` and 0.3 times `steps` (both in [0, 1]). */
export function gradedReward(correct: boolean, format: number, steps: number): Reward {
  const total = correct ? 1 : FORMAT_REWARD * format + STEPS_REWARD * steps
  return { total, correct, parts: { correct: correct ? 1 : 0, format, steps } }
}

/**
 * How much of what was wanted is there. Things beside the point count against it, so that listing all one can think of does
 * not pay.
 */
export function sharedPart(wanted: ReadonlySet<string>, written: ReadonlySet<string>): number {
  const right = [...wanted].filter((item) => written.has(item)).length
  return right / Math.max(wanted.size, written.size, 1)
}
