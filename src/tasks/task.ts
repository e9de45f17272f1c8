import type { Key } from '../random'

/**
 * A split of a task's questions. Splits are disjoint by construction, because a question's own content
 * decides its split. `ood` (out of distribution) is harder than all training questions; a task may have none.
 */
export type Split = 'train' | 'validation' | 'heldout' | 'ood'
/** The stages of a discussion, in order. */
export const STAGES = ['share', 'analyze', 'fuse'] as const
export type Stage = (typeof STAGES)[number]
export type Mode = 'cooperate' | 'compete'

export interface Question {
  /** Stable name derived from the content; equal ids mean equal questions. */
  readonly id: string
  readonly text: string
  /**
   * Right answer, in the form that the task's checker reads; empty where it is not known (a visitor's
   * question).
   */
  readonly answer: string
  readonly skill: string
  readonly level: number
  /** The steps of a right solution, e.g. `12+7=19`. */
  readonly steps: readonly string[]
}

/** Input of a peer in stages analyze and fuse. All texts are complete completions. */
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

/** Reward with named parts. Training uses `total`. All values are in [0, 1]. */
export interface Reward {
  readonly total: number
  readonly correct: boolean
  /** Named parts before weighting, e.g. { correct, format, steps }. */
  readonly parts: Readonly<Record<string, number>>
}

/**
 * Prompts of a task family, as data: one file per family (`*.prompts.ts`), which the page shows verbatim.
 * Slots: `{question}`, `{ideas}` (one `idea` per peer, the own one first) and `{analysis}` (the peer's own S2
 * completion).
 */
export interface PromptSet {
  /** Prompt of S1 and of solo inference: the question only. */
  readonly share: string
  /**
   * One idea of `{ideas}`: `{label}` is `Mine`, `Theirs`, `Theirs 2` …; `{idea}` is the completion on one
   * line.
   */
  readonly idea: string
  readonly analyze: Readonly<Record<Mode, string>>
  readonly fuse: Readonly<Record<Mode, string>>
  /** Prompt of the debate baseline at inference: the peer sees the others' ideas but analyzes nothing. */
  readonly debate: string
}

/** A task's prompts, filled in for one question or discussion. */
export interface Prompts {
  sharePrompt(question: Question): string
  analyzePrompt(discussion: Discussion): string
  fusePrompt(discussion: Discussion): string
  debatePrompt(discussion: Discussion): string
}

/** Prompts of a task for one kind of peer. */
export interface Wording extends Prompts {
  /** The templates of the prompts, for display. */
  readonly prompts: PromptSet
  /** Maximum new tokens of a completion in a stage, with this many peers. */
  maxNewTokens(stage: Stage, peers: number): number
}

/**
 * A family of questions with its prompts, checker and reward. A task uses no model and no DOM. A reward may
 * be a promise, for a task whose judge runs in a worker.
 */
export interface Task extends Wording {
  readonly name: string
  /** Prompts for instructed models, in sentences; left out where the task's own prompts are such. */
  readonly instructed?: Wording
  readonly skills: readonly string[]
  /** Questions per split, for a task with a fixed set; left out where questions are generated. */
  readonly sizes?: Readonly<Record<Split, number>>
  /** Returns n questions of a split, balanced over skills. The same key gives the same questions. */
  questions(split: Split, key: Key, n: number): Question[]
  /**
   * Makes a question of a visitor's words; `answer` is null where it is not known. Left out where an answer
   * alone does not suffice for a check.
   * @throws ColloquyError `task` where there are no words, or the checker cannot read the answer
   */
  ownQuestion?(text: string, answer: string | null): Question
  /** Reward of an S1 or S3 completion. */
  reward(question: Question, completion: string): Reward | Promise<Reward>
  /** Reward of an S2 completion: whether its verdicts on the ideas are right. */
  analysisReward(discussion: Discussion, completion: string): Reward | Promise<Reward>
  /**
   * Whether an S2 completion quotes a step that the idea does not have; null where it cannot be read. Left out where
   * analyses quote nothing in a fixed form.
   */
  misquotes?(discussion: Discussion, completion: string): boolean | null
  /**
   * Tells, by name, which of a question's readings an S1 or S3 completion has right. Left out where each
   * question has one reading, named by its skill.
   */
  readings?(question: Question, completion: string): Readonly<Record<string, boolean>>
  /** Returns the final answer; null where there is none. Equal texts are equal answers. */
  answerOf(completion: string): string | null
}

/** Returns how many of n questions a split has; n where questions are generated. */
export function sizeOf({ sizes }: Task, split: Split, n: number): number {
  return Math.min(n, sizes?.[split] ?? n)
}

/** Rewards of a wrong answer, for its form and for its share of right steps. */
const FORMAT_REWARD = 0.1
const STEPS_REWARD = 0.3

/** Returns 1 for a right answer, else 0.1 times `format` plus 0.3 times `steps` (both in [0, 1]). */
export function gradedReward(correct: boolean, format: number, steps: number): Reward {
  const total = correct ? 1 : FORMAT_REWARD * format + STEPS_REWARD * steps
  return { total, correct, parts: { correct: correct ? 1 : 0, format, steps } }
}

/**
 * Returns the share of wanted items that are written. Other written items lower it, so that listing
 * everything does not pay.
 */
export function sharedPart(wanted: ReadonlySet<string>, written: ReadonlySet<string>): number {
  const right = [...wanted].filter((item) => written.has(item)).length
  return right / Math.max(wanted.size, written.size, 1)
}
