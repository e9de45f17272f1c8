/** What the lesson may say in numbers: of the run in view, or of the recorded one before there is any. */
import { useMemo } from 'preact/hooks'
import type { RolloutGroup, RunEvent } from '../../ilr/events'
import type { RunConfig } from '../../runs/config'
import type { Recording } from '../../runs/recording'
import type { Stage } from '../../tasks/task'
import { type ExchangeView, finished, type StageView } from '../exchange/exchange_view'
import { type EvalEvent, initialState, reduce, type StepEvent, type ViewState } from '../state'
import type { PinnedStep } from '../steps/use_pinned_step'
import { useAnswer } from '../use_on_demand'

/** The first test, of before any learning, and the latest. */
interface Tests {
  readonly before: EvalEvent
  readonly now: EvalEvent
}

export interface Facts extends Tests {
  readonly recorded: boolean
  readonly config: RunConfig
  readonly peers: readonly string[]
  /** The latest finished step. */
  readonly step: StepEvent
  /** The discussion of its first question, with all its numbers. */
  readonly exchange: ExchangeView
  /** Of the run as a single agent; null as long as they are not known. */
  readonly alone: Tests | null
}

/** Null where a run has not been tested. */
export function testsOf({ evals }: Pick<ViewState, 'evals'>): Tests | null {
  const [before, now] = [evals.at(0), evals.at(-1)]
  return before && now ? { before, now } : null
}

/**
 * Null as long as no step is finished.
 * @param pinned the step that is looked at, in place of the latest
 */
export function factsOf(
  { config, exchanges, steps, evals }: Pick<ViewState, 'config' | 'exchanges' | 'steps' | 'evals'>,
  recorded: boolean,
  pinned: PinnedStep | null = null,
): Facts | null {
  const step = pinned?.step ?? steps.at(-1)
  const kept = exchanges.find((one) => one.step === step?.step)
  const exchange = pinned?.exchange ?? (kept && finished(kept.step, kept.exchange))
  const tests = testsOf({ evals })
  if (config === null || !step || !exchange || tests === null) return null
  const peers = config.peers.map(({ id }) => id)
  return { recorded, config, peers, step, exchange, ...tests, alone: null }
}

/** As they were when a step was over, of a run that is known from its events; null where it has not come so far. */
export function factsAt(
  step: number | 'end',
  { config, events }: { readonly config: RunConfig; readonly events: readonly RunEvent[] },
  recorded: boolean,
): Facts | null {
  const end = events.findIndex((event) => event.type === 'step' && event.step === step)
  if (step !== 'end' && end < 0) return null
  const history = step === 'end' ? events : events.slice(0, end + 1)
  return factsOf(reduce(initialState, { type: 'opened', config, history }), recorded)
}

/**
 * The facts of the run in view, of its pinned step or the latest finished one; before there is one, of the recorded run. Null until the
 * recording has come, and where it cannot be had.
 * @param recorded whether a recording is in view
 */
export function useFacts(
  recording: () => Promise<Recording>,
  { config, exchanges, steps, evals }: ViewState,
  recorded: boolean,
  pinned: PinnedStep | null,
): Facts | null {
  const fallback = useAnswer(async () => factsAt('end', await recording(), true), [recording])
  // Tokens come many times a second, these once a step.
  const found = useMemo(
    () => factsOf({ config, exchanges, steps, evals }, recorded, pinned),
    [config, exchanges, steps, evals, recorded, pinned],
  )
  return found ?? fallback
}

/** What a peer wrote in a stage; null where the question did not reach it. */
export function written({ exchange }: Facts, peer: string, stage: Stage): StageView | null {
  return exchange.peers[peer]?.[stage] ?? null
}

export interface NamedGroup {
  readonly peer: string
  readonly stage: Stage
  readonly group: RolloutGroup
}

/** Answers before analyses, which are harder to read. */
export const IN_ORDER: readonly Stage[] = ['share', 'fuse', 'analyze']

/** The groups of the step's first question that are known. */
export function groupsOf(facts: Facts): readonly NamedGroup[] {
  return IN_ORDER.flatMap((stage) =>
    facts.peers.flatMap((peer): NamedGroup[] => {
      const group = written(facts, peer, stage)?.group ?? null
      return group === null ? [] : [{ peer, stage, group }]
    }),
  )
}

/** Whether something can be learned from it. */
export function differ({ group: { rewards } }: NamedGroup): boolean {
  return rewards.some((one) => one !== rewards[0])
}

/** The first group from which something can be learned, else the first; null where none is known. */
export function tellingGroup(facts: Facts): NamedGroup | null {
  const groups = groupsOf(facts)
  return groups.find(differ) ?? groups[0] ?? null
}

/** Below this share of right answers a skill counts as missing, and from the other on as there. */
const MISSING = 0.1
const THERE = 0.9

/** Skills that one peer hardly had before it learned, and another one did. */
export function gapsOf({ peers, before }: Pick<Facts, 'peers' | 'before'>) {
  return peers.flatMap((lacking) =>
    Object.entries(before.skills[lacking] ?? {}).flatMap(([skill, share]) => {
      const having = peers.find((peer) => (before.skills[peer]?.[skill] ?? 0) >= THERE)
      return share <= MISSING && having !== undefined ? [{ skill, lacking, having }] : []
    }),
  )
}

/** From this share of the questions on. */
const LOST = 0.05

/** Skills that peers do worse at than before they learned, the worst first. */
export function lossesOf({ peers, before, now }: Facts) {
  const losses = peers.flatMap((peer) =>
    Object.entries(before.skills[peer] ?? {}).flatMap(([skill, share]) => {
      const loss = share - (now.skills[peer]?.[skill] ?? share)
      return loss >= LOST - 1e-9 ? [{ peer, skill, loss }] : []
    }),
  )
  return losses.sort((a, b) => b.loss - a.loss)
}
