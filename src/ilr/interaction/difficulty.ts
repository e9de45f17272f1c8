import type { Completion, Peer } from '../../model/peer'
import type { Question, Task } from '../../tasks/task'
import type { StepKeys } from '../step/keys'

/** How hard one peer finds a question. */
export interface Difficulty {
  /** D in [0, 1]: the mean normalised rank of the question among references. All judges use this scale. */
  readonly value: number
  /** False where the judge's answer could not be read; the value is then 0.5. */
  readonly read: boolean
  /** Tokens that the peer wrote for this judgement. */
  readonly tokens: number
}

/** Questions as one peer's judge sees them. */
export interface JudgeView {
  readonly peer: Peer
  /** The peer's index in the run. */
  readonly index: number
  readonly task: Task
  readonly questions: readonly Question[]
  /** Identifies each question's random draws. */
  readonly slots: readonly number[]
  /** The peer's own S1 completions, [question]. */
  readonly answers: readonly (readonly Completion[])[]
  /** The peer's uncertainties about the first validation questions, answered in the same way. */
  readonly references: readonly number[]
  /** Validation questions, in the order of the references. */
  readonly validation: readonly Question[]
  /** Number of questions that a question is ranked among (k). */
  readonly k: number
  readonly keys: StepKeys
}

/** Self-ranking (arXiv 2509.26306): each peer itself ranks a question's difficulty among others. */
export type DifficultyJudge = (view: JudgeView) => Promise<Difficulty[]>
