import { deriveKey, type Key } from '../../random'
import { STAGES, type Stage } from '../../tasks/task'

/** Number of each purpose of a key. Rollouts of the stages use 0, 1, 2. */
const PURPOSE = { order: 3, judge: 4, mode: 5, questions: 7, asked: 8, vote: 9 } as const

/** Keys of one step of a run, or of a measurement outside the steps. Questions count from `first`. */
export class StepKeys {
  constructor(
    private readonly run: Key,
    private readonly step: number,
    private readonly first = 0,
  ) {}

  rollout(peer: number, question: number, stage: Stage, rollout: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, STAGES.indexOf(stage), rollout)
  }
  /** Key for the order in which a peer reads the others' ideas. */
  order(peer: number, question: number, rollout: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, PURPOSE.order, rollout)
  }
  /** Key for the questions that a peer's judge ranks a question among. */
  judge(peer: number, question: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, PURPOSE.judge, 0)
  }
  /** Key for the replies to the `prompt` judge. */
  asked(peer: number, question: number, shuffle: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, PURPOSE.asked, shuffle)
  }
  /** Key for sampled solo answers at an evaluation. */
  vote(peer: number, question: number, rollout: number): Key {
    return deriveKey(this.run, this.step, peer, this.first + question, PURPOSE.vote, rollout)
  }
  /** Key for the coin of the `random` interaction. */
  mode(question: number): Key {
    return deriveKey(this.run, this.step, 0, this.first + question, PURPOSE.mode, 0)
  }
  /** Key for the drawn questions; `round` above 0 draws replacements. */
  questions(round = 0): Key {
    return deriveKey(this.run, this.step, 0, 0, PURPOSE.questions, round)
  }
}

/** Step numbers that no run reaches. Measurements with these keys are the same throughout a run. */
export const EVALUATION = 0xffffffff
export const VALIDATION = 0xfffffffe
export const OUT_OF_DISTRIBUTION = 0xfffffffd
export const INQUIRY = 0xfffffffc
