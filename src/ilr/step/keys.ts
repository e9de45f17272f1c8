import { deriveKey, type Key } from '../../random'
import { STAGES, type Stage } from '../../tasks/task'

/** What a key is for, where it is not for the rollouts of a stage (0, 1, 2). */
const PURPOSE = { order: 3, judge: 4, mode: 5, reference: 6, questions: 7, asked: 8, vote: 9 } as const

/** The keys of one step of a run, or of something measured outside the steps. Questions count from `first`. */
export class StepKeys {
  constructor(
    private readonly run: Key,
    private readonly step: number,
    private readonly first = 0,
  ) {}

  rollout(peer: number, question: number, stage: Stage, rollout: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, STAGES.indexOf(stage), rollout)
  }
  /** The order in which a peer is shown the others' ideas. */
  order(peer: number, question: number, rollout: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, PURPOSE.order, rollout)
  }
  /** The reference questions that a peer's judge ranks a question among. */
  judge(peer: number, question: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, PURPOSE.judge, 0)
  }
  /** What the `prompt` judge is answered. */
  asked(peer: number, question: number, shuffle: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, PURPOSE.asked, shuffle)
  }
  /** Sampled solo answers at an evaluation. */
  vote(peer: number, question: number, rollout: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, PURPOSE.vote, rollout)
  }
  /** The coin of the `random` interaction. */
  mode(question: number): Key {
    return deriveKey(this.run, this.step, 0, this.first + question, PURPOSE.mode, 0)
  }
  /** Rollouts on a reference question. */
  reference(peer: number, question: number, rollout: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, PURPOSE.reference, rollout)
  }
  /** Which questions are drawn, and with `round` above 0 which are drawn in place of some. */
  questions(round = 0): Key {
    return deriveKey(this.run, this.step, 0, 0, PURPOSE.questions, round)
  }
}

/** A "step" no run reaches: what is measured there is the same at every evaluation of a run. */
export const EVALUATION = 0xffffffff
export const VALIDATION = 0xfffffffe
export const OUT_OF_DISTRIBUTION = 0xfffffffd
export const INQUIRY = 0xfffffffc
