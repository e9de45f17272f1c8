/** An inquiry: the peers of a run are asked a question of a visitor's own, and another one, as long as it is open. */
import type { ErrorDetail } from '../../errors'
import type { Mode, Question, Stage } from '../../tasks/task'
import type { Judgements } from '../events'
import type { RunPorts } from '../run'

export interface OwnQuestion {
  readonly text: string
  /** The right answer, or null where it is not known: then nothing is marked. */
  readonly answer: string | null
}

/**
 * What every peer writes about a question, in this order: alone with a fresh adapter, alone with its trained one, and in the discussion.
 * The discussion's stage share is the last of the answers alone. `after` is left out where nothing was trained.
 */
export const PARTS = ['before', 'after', 'analyze', 'fuse'] as const
export type Part = (typeof PARTS)[number]

/** The stage whose prompt a part answers. */
export const STAGE_OF: Readonly<Record<Part, Stage>> = {
  before: 'share',
  after: 'share',
  analyze: 'analyze',
  fuse: 'fuse',
}

/** The parts of one question's answers: a peer that is alone discusses nothing. */
export function partsOf(peers: number, isTrained: boolean): readonly Part[] {
  return PARTS.filter((part) => {
    if (part === 'after') return isTrained
    return part === 'before' || peers > 1
  })
}

/** Everything an inquiry says about one question, in order. */
export type InquiryEvent =
  /** With an inquiry's first question: loading a peer, or what it can do alone on practice questions; `done` of `total`. */
  | {
      readonly type: 'progress'
      readonly phase: 'load' | 'ability'
      readonly peer: string
      readonly done: number
      readonly total: number
    }
  /** The question as it is put; `trainedSteps` are those of the checkpoint that answers after training, null where there is none. */
  | { readonly type: 'question'; readonly question: Question; readonly trainedSteps: number | null }
  /** A part begins, for all peers. */
  | { readonly type: 'part'; readonly part: Part }
  /** Text as it is written; `text` is what was added. */
  | { readonly type: 'text'; readonly part: Part; readonly peer: string; readonly text: string }
  /** A peer's whole text of a part. */
  | ({ readonly type: 'answer'; readonly part: Part; readonly peer: string } & Answer)
  /** Why the question cannot be asked, in place of everything else. The next one may do. */
  | { readonly type: 'refused'; readonly detail: ErrorDetail }
  /** How the question is discussed, before part analyze. */
  | { readonly type: 'discussion'; readonly mode: Mode; readonly judgement: Judgements }

export interface Answer {
  readonly text: string
  /** The final answer in it, null where there is none; always of an analysis. */
  readonly final: string | null
  /** Null where the right answer is not known, and of an analysis. */
  readonly correct: boolean | null
  /** Whether the room for new tokens ended it. */
  readonly truncated: boolean
}

export interface Inquiry {
  /**
   * Resolves when all is said, or when the inquiry is closed meanwhile. The same question is answered alike.
   * @throws ColloquyError where the peers, their task or their checkpoint cannot be had, or break, and `limit` where they have no room
   *   for the question; the inquiry is of no more use then. RangeError where a question is still being answered
   */
  ask(question: OwnQuestion, onEvent: (event: InquiryEvent) => void): Promise<void>
  /** Frees the peers, whatever they are doing. Safe more than once. */
  close(): Promise<void>
}

/** What an inquiry needs from outside, as the run of its configuration does. `loadState` gives null where nothing was trained. */
export type InquiryPorts = Pick<RunPorts, 'openTask' | 'loadPeers' | 'loadState'>
