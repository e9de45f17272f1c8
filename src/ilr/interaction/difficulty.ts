import type { Completion, Peer } from '../../model/peer'
import type { Stream } from '../../random'
import type { Question, Task } from '../../tasks/task'
import type { StepKeys } from '../step/keys'

/** How hard one peer finds a question. */
export interface Difficulty {
  /** D in [0, 1]: the mean normalised rank of the question among others. All judges use this scale. */
  readonly value: number
  /** False where the judge's answer could not be read; the value is then 0.5. */
  readonly read: boolean
  /** Tokens that the peer wrote for this judgement. */
  readonly tokens: number
}

/** Questions with one peer's own S1 completions, [question]. */
export interface AnsweredQuestions {
  readonly questions: readonly Question[]
  readonly answers: readonly (readonly Completion[])[]
}

/** Questions as one peer's judge sees them. */
export interface JudgeView extends AnsweredQuestions {
  readonly peer: Peer
  /** The peer's index in the run. */
  readonly index: number
  readonly task: Task
  /** Identifies each question's random draws. */
  readonly slots: readonly number[]
  /**
   * Questions to rank among, answered now and in the same way: ranks among older answers would follow the
   * policy's change. They may contain the judged questions.
   */
  readonly others: AnsweredQuestions
  /** The most questions that a question is ranked among (k). */
  readonly k: number
  readonly keys: StepKeys
}

/** Self-ranking (arXiv 2509.26306): each peer itself ranks a question's difficulty among others. */
export type DifficultyJudge = (view: JudgeView) => Promise<Difficulty[]>

/**
 * Draws the questions that a question is ranked among: places in `others`, in random order, at most k of
 * them. The question itself and repeated questions are left out.
 */
export function drawOthers({ others, k }: JudgeView, question: Question, stream: Stream): number[] {
  const seen = new Set([question.id])
  const places = others.questions.flatMap(({ id }, place) => {
    if (seen.has(id)) return []
    seen.add(id)
    return [place]
  })
  return stream.shuffle(places).slice(0, k)
}
