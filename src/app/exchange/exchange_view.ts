/** The discussion of a step's first question as the page shows it, and how the run's events change it. */

import { hasDiscussion, type RunConfig } from '../../config/config'
import type { Exchange, Judgements, RunEvent, StageText } from '../../ilr/events'
import type { Mode, Question, Reward, Stage } from '../../tasks/task'

export const STAGE_TITLES: Readonly<Record<Stage, string>> = {
  share: 'Share',
  analyze: 'Analyze',
  fuse: 'Fuse',
}

/** One peer’s text of one stage. Prompt, tokens and reward are known once the step is done. */
export interface StageView extends Partial<Omit<StageText, 'stage' | 'reward'>> {
  readonly text: string
  readonly reward: Reward | null
  /** Whether a finished answer to a visitor's own question was cut off for its length. */
  readonly cut?: boolean
}

export interface ExchangeView {
  readonly step: number
  readonly question: Question
  /** Null where it is not discussed, and as long as nothing is decided. */
  readonly mode: Mode | null
  /** Whether the mode is known: after stage share, or from the start if the method never discusses. */
  readonly decided: boolean
  readonly judgement: Judgements
  /** peer -> stage -> what was written so far. */
  readonly peers: Readonly<Record<string, Readonly<Partial<Record<Stage, StageView>>>>>
  /** The stage that is being written, or null where nothing more is. */
  readonly writing: Stage | null
}

export type Said<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>

/** A question of a run of this method, before anything is written about it. */
export function asked(
  { step, question }: Pick<Said<'question'>, 'step' | 'question'>,
  method: RunConfig['method'],
): ExchangeView {
  const decided = !hasDiscussion({ method })
  return { step, question, mode: null, decided, judgement: {}, peers: {}, writing: 'share' }
}

/** Starts over for another question: a question may be drawn again within a step. */
export function discussed(view: ExchangeView | null, event: Said<'discussion'>): ExchangeView {
  const { step, question, mode, judgement } = event
  const same = view?.step === step && view.question.id === question.id
  const before = same ? view : asked(event, 'ilr')
  return { ...before, mode, judgement, decided: true, writing: mode === null ? null : 'analyze' }
}

/** Ignores text of other questions, which may be discussed while this one is not. */
export function written(view: ExchangeView, { step, peer, stage, text }: Said<'text'>): ExchangeView {
  if (view.step !== step || (stage !== 'share' && isLeftOut(view))) return view
  const stages = view.peers[peer] ?? {}
  const said: StageView = { text: (stages[stage]?.text ?? '') + text, reward: null }
  return { ...view, peers: { ...view.peers, [peer]: { ...stages, [stage]: said } }, writing: stage }
}

/** A stage that all peers have written, with what the checker says of it. */
export function marked(view: ExchangeView, { step, stage, rewards }: Said<'marked'>): ExchangeView {
  if (view.step !== step) return view
  const peers = Object.entries(view.peers).map(([peer, stages]) => {
    const said = stages[stage]
    const reward = rewards[peer] ?? null
    return [peer, said === undefined ? stages : { ...stages, [stage]: { ...said, reward } }] as const
  })
  return { ...view, peers: Object.fromEntries(peers) }
}

/** The finished exchange, in place of the one that was written live. */
export function finished(step: number, { question, mode, judgement, peers }: Exchange): ExchangeView {
  const views = Object.entries(peers).map(([peer, texts]) => [
    peer,
    Object.fromEntries(texts.map((one) => [one.stage, one])),
  ])
  return { step, question, mode, decided: true, judgement, peers: Object.fromEntries(views), writing: null }
}

export function isLeftOut(view: ExchangeView): boolean {
  return view.decided && view.mode === null
}
