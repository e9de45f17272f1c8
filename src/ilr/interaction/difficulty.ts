import type { Completion, Peer } from '../../model/peer'
import type { Question, Task } from '../../tasks/task'
import type { StepKeys } from '../step/keys'

/** How hard one peer finds a question. */
export interface Difficulty {
  /** D in [0, 1]: the mean normalised rank of the question among references, the same scale for every judge. */
  readonly value: number
  /** False where the judge's answer could not be read: the value is then 0.5. */
  readonly read: boolean
  /** Tokens the peer wrote to say so. */
  readonly tokens: number
}

/** One peer's view of questions. */
export interface JudgeView {
  readonly peer: Peer
  /** The peer's place in the run. */
  readonly index: number
  readonly task: Task
  readonly questions: readonly Question[]
  /** Names each question's randomness. */
  readonly slots: readonly number[]
  /** The peer's own S1 completions, per question. */
  readonly answers: readonly (readonly Completion[])[]
  /** Its uncertainties about the first validation questions, answered in the same way. */
  readonly references: readonly number[]
  /** Validation questions, in the order of the references. */
  readonly validation: readonly Question[]
  /** Questions a question is ranked among (k). */
  readonly k: number
  readonly keys: StepKeys
}

/** Self-ranking (arXiv 2509.26306): a peer says itself how hard a question is among others. */
export type DifficultyJudge = (view: JudgeView) => Promise<Difficulty[]>
