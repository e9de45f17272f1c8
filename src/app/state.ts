/** What the page shows, as a pure function of what a run said: `reduce(state, action)`. No DOM, no time. */

import type { RunConfig } from '../config/config'
import { ColloquyError, type ErrorDetail } from '../errors'
import type { RunEvent } from '../ilr/events'
import type { Determinism } from '../model/determinism'
import type { Stage } from '../tasks/task'
import {
  asked,
  discussed,
  type ExchangeView,
  finished,
  marked,
  type Said,
  STAGE_TITLES,
  written,
} from './exchange/exchange_view'

export type RunStatus =
  | 'idle'
  | 'loading'
  | 'running'
  | 'pausing'
  | 'paused'
  | 'stopping'
  | 'stopped'
  | 'done'
  | 'failed'

const OVER: readonly RunStatus[] = ['idle', 'stopped', 'done', 'failed']

/** Returns whether no run is on, so that one can be started. */
export function isOver(status: RunStatus): boolean {
  return OVER.includes(status)
}

/** An error as the visitor reads it; `found`, `wanted` and `todo` are missing where the error was untyped. */
export type Problem = Pick<ErrorDetail, 'what'> & Partial<Omit<ErrorDetail, 'code'>>

export type StepEvent = Said<'step'>
export type EvalEvent = Said<'eval'>
export type ExchangeEvent = Said<'exchange'>
export type ProgressEvent = Said<'progress'>

export interface Warning {
  readonly step: number
  readonly message: string
  /** How often in a row it was said. */
  readonly count: number
}

export interface ViewState {
  readonly status: RunStatus
  readonly config: RunConfig | null
  readonly resumedFrom: number | null
  /** Whether another tab runs it. */
  readonly reading: boolean
  /** Where the run comes to the same digest; null until the peers are loaded. */
  readonly determinism: Determinism | null
  /** Loaded fraction in [0, 1] per peer. */
  readonly loaded: Readonly<Record<string, number>>
  readonly progress: ProgressEvent | null
  readonly step: number
  readonly exchange: ExchangeView | null
  /** Finished discussions: the newest, and all that the store does not have. Older ones are read from there. */
  readonly exchanges: readonly ExchangeEvent[]
  readonly steps: readonly StepEvent[]
  readonly evals: readonly EvalEvent[]
  /** The best mean solo accuracy on validation questions that this session saw, and when. */
  readonly best: { readonly step: number; readonly accuracy: number } | null
  readonly checkpoint: number | null
  /** The stage after which a paused run stands in its step; null between two steps, or before its first stage is finished. */
  readonly pausedAfter: Stage | null
  readonly warnings: readonly Warning[]
  readonly done: Said<'done'> | null
  readonly problem: Problem | null
  /** What a screen reader is told: changes rarely, never per token. */
  readonly announcement: string
}

type Kept = Readonly<{ config: RunConfig; history: readonly RunEvent[] }>

export type Action =
  | RunEvent
  /** A run begins, or goes on from its kept events; `reading` where another tab runs it, and this one only reads. */
  | (Kept & { readonly type: 'starting'; readonly reading?: boolean })
  /** A run that is kept, or came as a file, is looked at. */
  | (Kept & { readonly type: 'opened' })
  | { readonly type: 'pausing' | 'resuming' | 'stopping' }
  /** Something could not be done; the run and its results stay as they are. */
  | { readonly type: 'refused'; readonly problem: Problem }
  /** The iterable of the run ended. */
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly problem: Problem }

/** Discussions, some kB each with their tokens, that stay in memory though the store has them, too. */
const RECENT_EXCHANGES = 50

export const initialState: ViewState = {
  status: 'idle',
  config: null,
  resumedFrom: null,
  reading: false,
  determinism: null,
  loaded: {},
  progress: null,
  step: 0,
  exchange: null,
  exchanges: [],
  steps: [],
  evals: [],
  best: null,
  checkpoint: null,
  pausedAfter: null,
  warnings: [],
  done: null,
  problem: null,
  announcement: '',
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ColloquyError) {
    const { what, found, wanted, todo } = error.detail
    return { what, found, wanted, todo }
  }
  return { what: error instanceof Error ? error.message : String(error) }
}

export function reduce(state: ViewState, action: Action): ViewState {
  switch (action.type) {
    case 'starting': {
      const { config, reading = false, history } = action
      const announcement = reading ? 'Reading along.' : 'Loading the peers.'
      return { ...told({ ...initialState, status: 'loading', config, reading }, history), announcement }
    }
    case 'opened': {
      const { config } = action
      const shown = told({ ...initialState, status: 'stopped', config }, action.history)
      const status = shown.step >= config.steps ? 'done' : 'stopped'
      const announcement = `Showing a run at step ${shown.step}.`
      return { ...shown, status, checkpoint: shown.step, announcement }
    }
    case 'run': {
      const { config, resumedFrom } = action
      return { ...state, config, resumedFrom, step: resumedFrom ?? 0 }
    }
    case 'determinism':
      return { ...state, determinism: action.determinism }
    case 'progress':
      return progressed(state, action)
    case 'question':
      return { ...state, exchange: asked(action, state.config?.method ?? 'ilr') }
    case 'discussion':
      return { ...state, exchange: discussed(state.exchange, action) }
    case 'text':
      return state.exchange === null ? state : { ...state, exchange: written(state.exchange, action) }
    case 'marked':
      return state.exchange === null ? state : { ...state, exchange: marked(state.exchange, action) }
    case 'exchange':
      return {
        ...state,
        exchange: finished(action.step, action.exchange),
        exchanges: atStep(state.exchanges, action),
      }
    case 'step':
      return { ...state, step: action.step, steps: atStep(state.steps, action) }
    case 'eval':
      return {
        ...state,
        evals: atStep(state.evals, action),
        announcement: `Solo accuracy at step ${action.step}: ${spokenAccuracy(action)}.`,
      }
    case 'best':
      return { ...state, best: { step: action.step, accuracy: action.accuracy } }
    case 'checkpoint':
      return { ...state, checkpoint: action.step, exchanges: inMemory(state.exchanges, action.step) }
    case 'adapter':
    case 'run-file':
      return state
    case 'warning':
      return { ...state, warnings: warned(state.warnings, action) }
    case 'pausing':
      return state.status === 'loading' || state.status === 'running'
        ? { ...state, status: 'pausing' }
        : state
    case 'paused': {
      if (state.status === 'stopping') return state
      const { after, step } = action
      const announcement =
        after === null
          ? `Paused after step ${step}.`
          : `Paused in step ${step + 1}, after ${STAGE_TITLES[after]}.`
      return { ...state, status: 'paused', progress: null, pausedAfter: after, announcement }
    }
    case 'resuming':
      return {
        ...state,
        status: state.status === 'pausing' || state.status === 'paused' ? 'running' : state.status,
        announcement: 'Going on.',
      }
    case 'stopping':
      return { ...state, status: 'stopping' }
    case 'done': {
      const announcement = `Done after ${action.steps} steps.`
      return { ...state, status: 'done', progress: null, done: action, announcement }
    }
    case 'ended':
      return state.status === 'done' || state.status === 'failed'
        ? state
        : { ...state, status: 'stopped', progress: null, announcement: `Stopped after step ${state.step}.` }
    case 'refused':
      return { ...state, problem: action.problem }
    case 'failed':
      return { ...state, status: 'failed', progress: null, problem: action.problem }
  }
}

function progressed(state: ViewState, event: ProgressEvent): ViewState {
  if (event.phase === 'load') {
    const fraction = event.total > 0 ? event.done / event.total : 0
    const loaded = event.peer === null ? state.loaded : { ...state.loaded, [event.peer]: fraction }
    return { ...state, loaded, progress: event }
  }
  const status = state.status === 'loading' || state.status === 'paused' ? 'running' : state.status
  return { ...state, status, progress: event }
}

function told(fresh: ViewState, history: readonly RunEvent[]): ViewState {
  const state = history.reduce(reduce, fresh)
  return { ...state, exchanges: inMemory(state.exchanges, state.step) }
}

/** Appends an event. A run that was resumed from an earlier step repeats events; those are dropped. */
function atStep<E extends { readonly step: number }>(events: readonly E[], event: E): readonly E[] {
  return [...events.filter(({ step }) => step < event.step), event]
}

/** Drops old exchanges that the store has, so that a run of thousands of steps holds no more than a short one. */
function inMemory(exchanges: readonly ExchangeEvent[], stored: number): readonly ExchangeEvent[] {
  const recent = exchanges.length - RECENT_EXCHANGES
  return recent <= 0 ? exchanges : exchanges.filter(({ step }, i) => i >= recent || step > stored)
}

function warned(warnings: readonly Warning[], { step, message }: Said<'warning'>): readonly Warning[] {
  const last = warnings.at(-1)
  if (last?.message !== message) return [...warnings, { step, message, count: 1 }]
  return [...warnings.slice(0, -1), { step, message, count: last.count + 1 }]
}

function spokenAccuracy(event: EvalEvent): string {
  return Object.entries(event.solo)
    .map(([peer, accuracy]) => `${peer} ${Math.round(accuracy * 100)} percent`)
    .join(', ')
}
