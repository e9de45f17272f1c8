/** The numbers that the lesson may use: of the run in view, or of the recorded one before there is any. */
import { useMemo } from 'preact/hooks'
import { isSameRun } from '../../config/comparison'
import type { RunConfig } from '../../config/config'
import { presetConfig, SINGLE_AGENT } from '../../config/presets'
import { groupAdvantages } from '../../grpo/group_advantages'
import type { RolloutGroup, RunEvent } from '../../ilr/events'
import { mean, sum } from '../../report/averages'
import type { Recording } from '../../runs/recording'
import type { Stage } from '../../tasks/task'
import type { ComparedRun } from '../comparison/verdict'
import { type ExchangeView, finished, type StageView } from '../exchange/exchange_view'
import { useAnswer } from '../on_demand'
import { type EvalEvent, initialState, reduce, type StepEvent, type ViewState } from '../state'
import type { PinnedStep } from '../steps/step_view'

/** The first test, of before any learning, and the latest. */
interface Tests {
  readonly before: EvalEvent
  readonly now: EvalEvent
}

export interface Facts extends Tests {
  readonly recorded: boolean
  readonly config: RunConfig
  readonly peers: readonly string[]
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

/** Null as long as no step is finished. A pinned step takes the place of the latest. */
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

/** Returns the facts after a step of a run whose events are known; null for a step that it has not made. */
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

/** The facts of the run in view; before it has made a step, of the recorded run. Null where there is neither. */
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

export function written({ exchange }: Facts, peer: string, stage: Stage): StageView | null {
  return exchange.peers[peer]?.[stage] ?? null
}

export type NamedGroup = Readonly<{ peer: string; stage: Stage; group: RolloutGroup }>

/** Answers before analyses, which are harder to read. */
export const IN_ORDER: readonly Stage[] = ['share', 'fuse', 'analyze']

/** The groups of the step's first question that are known. */
export function groupsOf(facts: Facts): readonly NamedGroup[] {
  return IN_ORDER.flatMap((stage) =>
    facts.peers.flatMap((peer): NamedGroup[] => {
      const group = written(facts, peer, stage)?.group
      return group ? [{ peer, stage, group }] : []
    }),
  )
}

/** Puts groups first from which something can be learned: their rewards differ. */
export function tellingGroups(facts: Facts): readonly NamedGroup[] {
  const isTelling = ({ group: { rewards } }: NamedGroup) => rewards.some((one) => one !== rewards[0])
  return [...groupsOf(facts)].sort((a, b) => Number(isTelling(b)) - Number(isTelling(a)))
}

/** Skills that one peer hardly had before it learned (at most 10 % right), and another one did (at least 90 %). */
export function gapsOf({ peers, before }: Pick<Facts, 'peers' | 'before'>) {
  return peers.flatMap((lacking) =>
    Object.entries(before.skills[lacking] ?? {}).flatMap(([skill, share]) => {
      const having = peers.find((peer) => (before.skills[peer]?.[skill] ?? 0) >= 0.9)
      return share <= 0.1 && having !== undefined ? [{ skill, lacking, having }] : []
    }),
  )
}

/** Skills that peers do worse at than before they learned, by 5 % of the questions or more; the worst first. */
export function lossesOf({ peers, before, now }: Facts) {
  const losses = peers.flatMap((peer) =>
    Object.entries(before.skills[peer] ?? {}).flatMap(([skill, share]) => {
      const loss = share - (now.skills[peer]?.[skill] ?? share)
      return loss >= 0.05 - 1e-9 ? [{ peer, skill, loss }] : []
    }),
  )
  return losses.sort((a, b) => b.loss - a.loss)
}

/** The run of the lesson, unless a link brings one: its steps take seconds, and its groups can be worked out by hand. */
export const LESSON_RUN: RunConfig = presetConfig('duet', {
  steps: 12,
  questionsPerStep: 5,
  numGenerations: 4,
  abilityQuestions: 20,
  evalEvery: 3,
  evalSize: 50,
})

type Run = Pick<ViewState, 'config' | 'steps' | 'evals'>

/** Returns whether the run in view repeats the compared one, in which peers discuss, with every peer for itself. */
export function isSingleAgentOf({ config }: Pick<Run, 'config'>, compared: ComparedRun | null): boolean {
  if (config === null || compared === null || compared.config.method !== 'ilr') return false
  return isSameRun(config, { ...compared.config, ...SINGLE_AGENT })
}

/** Returns the run that the lesson is about: at its end a single agent is in view, and that run is beside it. */
export function lessonRun(run: Run, compared: ComparedRun | null): Run {
  return compared !== null && isSingleAgentOf(run, compared) ? compared : run
}

/** Returns rewards minus their mean, divided by their standard deviation (n − 1, a spreadsheet's STDEV). Takes two or more. */
export function workedOut(rewards: readonly number[]) {
  const n = rewards.length
  const middle = mean(rewards)
  const differences = rewards.map((reward) => reward - middle)
  const spread = Math.sqrt(sum(differences.map((one) => one * one)) / (n - 1))
  const { advantages } = groupAdvantages({
    rewards: Float32Array.from(rewards),
    questions: 1,
    peers: 1,
    rollouts: n,
    calibrate: false,
    scaleRewards: 'group',
  })
  return { mean: middle, differences, spread, advantages: [...advantages] }
}

/** Returns what another peer's rewards add to a reward, at most an equal part of 1, with their mean and range. */
export function calibratedBy(reward: number, others: readonly number[], peers: number) {
  const middle = mean(others)
  const range = Math.max(...others) - Math.min(...others)
  const limit = 1 / (peers - 1)
  const added = range === 0 ? 0 : Math.min(limit, Math.max(-limit, (reward - middle) / range))
  return { mean: middle, range, added }
}
