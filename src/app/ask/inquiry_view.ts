/** What the page shows of a question that the peers are asked, as a pure function of what the inquiry says. */
import type { Judgements } from '../../ilr/events'
import { type Answer, type InquiryEvent, type OwnQuestion, type Part, partsOf } from '../../ilr/inquiry'
import type { Mode } from '../../tasks/task'
import { type Problem, problemOf } from '../state'

/** What a peer has written of a part so far; `answer` is null until it is done. */
export interface Said {
  readonly text: string
  readonly answer: Answer | null
}

export interface InquiryView {
  readonly question: OwnQuestion
  readonly peers: readonly string[]
  /** The step of the checkpoint that answers after training, or null where nothing was trained. */
  readonly trainedSteps: number | null
  readonly status: 'preparing' | 'loading' | 'measuring' | 'answering' | 'done' | 'stopped' | 'failed'
  /** Loaded fraction in [0, 1] per peer. */
  readonly loaded: Readonly<Record<string, number>>
  /** The part that is being written, or null. */
  readonly writing: Part | null
  readonly discussion: { readonly mode: Mode; readonly judgement: Judgements } | null
  /** peer -> part -> what was said. */
  readonly said: Readonly<Record<string, Readonly<Partial<Record<Part, Said>>>>>
  readonly problem: Problem | null
  /** What a screen reader is told, one after the other: a sentence for each answer. */
  readonly told: readonly string[]
}

export type InquiryAction =
  | InquiryEvent
  | ({ readonly type: 'asked' } & Pick<InquiryView, 'question' | 'peers' | 'trainedSteps'>)
  /** Nothing more is said. */
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly error: unknown }
  /** Another run is in view. */
  | { readonly type: 'forgotten' }

const WHEN: Readonly<Record<Part, string>> = {
  before: 'alone, before training',
  after: 'alone, after training',
  analyze: '',
  fuse: 'after the discussion',
}

export function reduceInquiry(view: InquiryView | null, action: InquiryAction): InquiryView | null {
  if (action.type === 'asked') return fresh(action)
  if (action.type === 'forgotten') return null
  return view === null ? null : reduced(view, action)
}

function fresh({
  question,
  peers,
  trainedSteps,
}: Pick<InquiryView, 'question' | 'peers' | 'trainedSteps'>): InquiryView {
  return {
    question,
    peers,
    trainedSteps,
    status: 'preparing',
    loaded: {},
    writing: null,
    discussion: null,
    said: {},
    problem: null,
    told: [],
  }
}

function reduced(
  view: InquiryView,
  action: Exclude<InquiryAction, { type: 'asked' | 'forgotten' }>,
): InquiryView {
  switch (action.type) {
    case 'progress':
      if (action.phase === 'ability') return { ...view, status: 'measuring', writing: null }
      return {
        ...view,
        status: 'loading',
        loaded: { ...view.loaded, [action.peer]: action.done / action.total },
      }
    case 'question':
      return { ...view, status: 'answering', trainedSteps: action.trainedSteps }
    case 'part':
      return { ...view, status: 'answering', writing: action.part }
    case 'text':
      return withSaid(view, action.peer, action.part, {
        text: (view.said[action.peer]?.[action.part]?.text ?? '') + action.text,
        answer: null,
      })
    case 'answer': {
      const { type: _, peer, part, ...answer } = action
      const told = [...view.told, sentence(peer, part, answer)]
      return { ...withSaid(view, peer, part, { text: answer.text, answer }), told }
    }
    case 'discussion':
      return { ...view, discussion: { mode: action.mode, judgement: action.judgement } }
    case 'refused':
      return { ...view, problem: action.detail }
    case 'failed':
      return { ...view, status: 'failed', writing: null, problem: problemOf(action.error) }
    case 'ended':
      return { ...view, status: hasAllAnswers(view) ? 'done' : 'stopped', writing: null }
  }
}

/** Whether something is still to come. */
export function isAnswering({ status }: InquiryView): boolean {
  return status !== 'done' && status !== 'stopped' && status !== 'failed'
}

/** Whether nothing came of it but what is wrong. */
export function isRefused({ problem, said }: InquiryView): boolean {
  return problem !== null && Object.keys(said).length === 0
}

function hasAllAnswers({ peers, trainedSteps, said }: InquiryView): boolean {
  const last = partsOf(peers.length, trainedSteps !== null).at(-1) ?? 'before'
  return peers.every((peer) => (said[peer]?.[last]?.answer ?? null) !== null)
}

function withSaid(view: InquiryView, peer: string, part: Part, said: Said): InquiryView {
  return { ...view, said: { ...view.said, [peer]: { ...view.said[peer], [part]: said } } }
}

function sentence(peer: string, part: Part, { text, final, correct }: Answer): string {
  if (part === 'analyze') return `${peer} has checked the steps of every idea.`
  const mark = correct === null ? '' : correct ? ' Right.' : ' Wrong.'
  return `${peer} has answered ${WHEN[part]}: ${final ?? text}.${mark}`
}
