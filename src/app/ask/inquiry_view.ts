/** The page's state of a question to the peers, as a pure function of what the inquiry says. */

import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import type { ModelPlaces } from '../../hub/source'
import {
  type Answer,
  type Inquiry,
  type InquiryEvent,
  type OwnQuestion,
  type Part,
  partsOf,
  STAGE_OF,
} from '../../ilr/inquiry/inquiry'
import type { Question } from '../../tasks/task'
import type { Engine } from '../engine'
import { forPeople } from '../exchange/conversation'
import { asked, discussed, type ExchangeView, type StageView, written } from '../exchange/exchange_view'
import { type Problem, problemOf } from '../state'

export interface InquiryView {
  readonly peers: readonly string[]
  /** The step of the checkpoint that answers after training, or null where nothing was trained. */
  readonly trainedSteps: number | null
  readonly status: 'preparing' | 'loading' | 'measuring' | 'answering' | 'done' | 'stopped' | 'failed'
  readonly loaded: Readonly<Record<string, number>>
  readonly writing: Part | null
  /** Answers alone before training, where there are others after it; else null. */
  readonly before: ExchangeView | null
  /** The discussion, which begins with the newest answers alone. */
  readonly talk: ExchangeView
  readonly problem: Problem | null
  /** What a screen reader is told, one after the other: a sentence for each answer. */
  readonly told: readonly string[]
}

export type InquiryAction =
  | InquiryEvent
  | (Pick<InquiryView, 'peers' | 'trainedSteps'> & { readonly type: 'asked'; readonly question: OwnQuestion })
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'forgotten' }

const WHEN: Readonly<Record<Part, string>> = {
  before: 'alone, before training',
  after: 'alone, after training',
  analyze: '',
  fuse: 'after the discussion',
}

export function reduceInquiry(view: InquiryView | null, action: InquiryAction): InquiryView | null {
  if (action.type === 'asked') {
    const { question, peers, trainedSteps } = action
    const { text, answer } = question
    const begun = put({ id: '', text, answer: answer ?? '', skill: '', level: 1, steps: [] }, trainedSteps)
    return { peers, status: 'preparing', loaded: {}, writing: null, problem: null, told: [], ...begun }
  }
  if (action.type === 'forgotten' || view === null) return null
  switch (action.type) {
    case 'progress': {
      if (action.phase === 'ability') return { ...view, status: 'measuring', writing: null }
      const { peer, done, total } = action
      return { ...view, status: 'loading', loaded: { ...view.loaded, [peer]: done / total } }
    }
    case 'question':
      return { ...view, status: 'answering', ...put(action.question, action.trainedSteps) }
    case 'part':
      return { ...silent(view), status: 'answering', writing: action.part }
    case 'text': {
      const { part, peer, text } = action
      return changed(view, part, (exchange) =>
        written(exchange, { type: 'text', step: 0, peer, stage: STAGE_OF[part], text }),
      )
    }
    case 'answer': {
      const { part, peer, text, correct, truncated: cut } = action
      const reward = correct === null ? null : { total: Number(correct), correct, parts: {} }
      const said: StageView = { text, reward, cut }
      const told = [...view.told, sentence(action)]
      return changed({ ...view, told }, part, (exchange) => ({
        ...exchange,
        peers: { ...exchange.peers, [peer]: { ...exchange.peers[peer], [STAGE_OF[part]]: said } },
      }))
    }
    case 'discussion': {
      const { question } = view.talk
      return { ...view, talk: discussed(view.talk, { ...action, step: 0, question }) }
    }
    case 'refused':
      return { ...view, problem: action.detail }
    case 'failed':
      return { ...silent(view), status: 'failed', problem: problemOf(action.error) }
    case 'ended':
      return { ...silent(view), status: hasAllAnswers(view) ? 'done' : 'stopped' }
  }
}

function put(question: Question, trainedSteps: number | null) {
  const talk: ExchangeView = { ...asked({ step: 0, question }, 'ilr'), writing: null }
  return { trainedSteps, talk, before: trainedSteps === null ? null : talk }
}

/** With a change of the answers that a part belongs to. */
function changed(view: InquiryView, part: Part, change: (exchange: ExchangeView) => ExchangeView) {
  return part === 'before' && view.before !== null
    ? { ...view, before: change(view.before) }
    : { ...view, talk: change(view.talk) }
}

function silent(view: InquiryView): InquiryView {
  const [before, talk] = [view.before && { ...view.before, writing: null }, { ...view.talk, writing: null }]
  return { ...view, writing: null, before, talk }
}

export function isAnswering({ status }: InquiryView): boolean {
  return status !== 'done' && status !== 'stopped' && status !== 'failed'
}

/** Returns whether the inquiry failed before any answer. */
export function isRefused({ problem, before, talk }: InquiryView): boolean {
  return problem !== null && Object.keys({ ...before?.peers, ...talk.peers }).length === 0
}

function hasAllAnswers({ peers, trainedSteps, talk }: InquiryView): boolean {
  const last = partsOf(peers.length, trainedSteps !== null).at(-1) ?? 'before'
  return peers.every((peer) => talk.peers[peer]?.[STAGE_OF[last]]?.cut !== undefined)
}

function sentence({ peer, part, text, final, correct }: Answer & { peer: string; part: Part }): string {
  if (part === 'analyze') return `${peer} has checked the steps of every idea.`
  const mark = correct === null ? '' : correct ? ' Right.' : ' Wrong.'
  return `${peer} has answered ${WHEN[part]}: ${final ?? forPeople(text)}.${mark}`
}

export interface Asked {
  readonly engine: Engine
  /** The run whose peers are asked: the one in view, or the one that would be started. */
  readonly config: RunConfig
  /** The step of its checkpoint, or null where none is kept. */
  readonly trainedSteps: number | null
  readonly places: ModelPlaces
  readonly over: boolean
  /** Returns whether the models are here and their servers agreed to; asks the visitor where they are not. */
  prepared(config: RunConfig): Promise<boolean>
}

/**
 * Asks the peers of the run in view. They stay loaded for further questions until a run starts, another run or checkpoint
 * comes into view, the visitor leaves the page, or something breaks.
 */
export function useInquiry({ engine, config, trainedSteps, places, over, prepared }: Asked) {
  const [view, act] = useReducer(reduceInquiry, null as InquiryView | null)
  const inquiry = useRef<Inquiry | null>(null)
  const asking = useRef(false)
  /** Counts ends of questions: a question that is still being prepared has nothing to close. */
  const ends = useRef(0)
  const close = () => {
    ends.current++
    void inquiry.current?.close()
    inquiry.current = null
  }

  const run = useMemo(() => JSON.stringify(config), [config])
  // At once: two sets of peers take twice the memory.
  useLayoutEffect(() => close, [run, trainedSteps, places, over])
  useEffect(() => () => act({ type: 'forgotten' }), [run])
  useEffect(() => {
    addEventListener('pagehide', close)
    return () => removeEventListener('pagehide', close)
  }, [])

  return {
    view,
    async ask(question: OwnQuestion): Promise<void> {
      // A second press while the first is looked into.
      if (asking.current || !over) return
      asking.current = true
      const turn = ends.current
      act({ type: 'asked', question, peers: config.peers.map(({ id }) => id), trainedSteps })
      try {
        if ((await prepared(config)) && turn === ends.current) {
          const open = inquiry.current ?? engine.openInquiry(config, trainedSteps !== null, places)
          inquiry.current = open
          await open.ask(question, (event) => {
            if (turn === ends.current) act(event)
          })
        }
        act({ type: 'ended' })
      } catch (error) {
        close()
        act({ type: 'failed', error })
      } finally {
        asking.current = false
      }
    },
    stop: close,
  }
}
