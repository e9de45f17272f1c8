/** An inquiry lets a visitor ask a run's peers their own questions, one after the other, while it is open. */
import type { ErrorDetail } from '../../errors'
import type { Mode, Question, Stage } from '../../tasks/task'
import type { Judgements } from '../events'
import type { RunPorts } from '../run'

export interface OwnQuestion {
  readonly text: string
  /** The right answer, or null where it is not known: then no answer is marked. */
  readonly answer: string | null
}

/**
 * The parts that every peer writes about a question, in order: alone with a fresh adapter, alone with its
 * trained adapter, then the discussion. The last solo answer is the discussion's stage share. `after` is left
 * out where nothing was trained.
 */
export const PARTS = ['before', 'after', 'analyze', 'fuse'] as const
export type Part = (typeof PARTS)[number]

/** Stage whose prompt a part answers. */
export const STAGE_OF: Readonly<Record<Part, Stage>> = {
  before: 'share',
  after: 'share',
  analyze: 'analyze',
  fuse: 'fuse',
}

/** Returns the parts of one question's answers. A single peer has no discussion. */
export function partsOf(peers: number, isTrained: boolean): readonly Part[] {
  return PARTS.filter((part) => {
    if (part === 'after') return isTrained
    return part === 'before' || peers > 1
  })
}

/** Every event about one question, in order. */
export type InquiryEvent =
  /**
   * Progress with an inquiry's first question: loading a peer or measuring its ability; `done` of `total`.
   */
  | {
      readonly type: 'progress'
      readonly phase: 'load' | 'ability'
      readonly peer: string
      readonly done: number
      readonly total: number
    }
  /**
   * The question as the peers read it. `trainedSteps` are the steps of the checkpoint that writes part
   * `after`, or null where there is no checkpoint.
   */
  | { readonly type: 'question'; readonly question: Question; readonly trainedSteps: number | null }
  /** A part begins for all peers. */
  | { readonly type: 'part'; readonly part: Part }
  /** Text as a peer writes it; `text` is the added part. */
  | { readonly type: 'text'; readonly part: Part; readonly peer: string; readonly text: string }
  /** A peer's whole text of a part. */
  | ({ readonly type: 'answer'; readonly part: Part; readonly peer: string } & Answer)
  /** Why the question cannot be asked; no other event comes. The next question may be fine. */
  | { readonly type: 'refused'; readonly detail: ErrorDetail }
  /** How the question is discussed, before part analyze. */
  | { readonly type: 'discussion'; readonly mode: Mode; readonly judgement: Judgements }

export interface Answer {
  readonly text: string
  /** The final answer in the text. Null where there is none, and for an analysis. */
  readonly final: string | null
  /** Null where the right answer is not known, and for an analysis. */
  readonly correct: boolean | null
  /** True when the limit on new tokens cut the text. */
  readonly truncated: boolean
}

export interface Inquiry {
  /**
   * Resolves when all parts are written, or when the inquiry is closed. The same question gets the same
   * answers.
   *
   * @throws ColloquyError where the peers, their task or their checkpoint fail to load, or break; `limit`
   * where the question leaves the peers no room. The inquiry cannot be used after that.
   * @throws RangeError where a question is still being answered
   */
  ask(question: OwnQuestion, onEvent: (event: InquiryEvent) => void): Promise<void>
  /** Frees the peers, whatever they are doing. Callers may call it more than once. */
  close(): Promise<void>
}

/** Services that an inquiry gets from outside. `loadState` gives null where nothing was trained. */
export type InquiryPorts = Pick<RunPorts, 'openTask' | 'loadPeers' | 'loadState'>
