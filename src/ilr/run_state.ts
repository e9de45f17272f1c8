/** Pure functions that advance a run's state: what to measure after a step, and when the run is over. */

import { measuredMethods, type RunConfig } from '../config/config'
import type { Peer } from '../model/peer'
import { mean } from '../report/averages'
import { DIGEST_START } from './digest_chain'
import type { EndReason, Measurement, Progress, RunState } from './events'
import { adapterHolders } from './learners'
import { adaptersOf, fingerprintsOf } from './restore_peers'
import { tokensOf } from './step/metrics'
import type { StepRecord } from './step/step'
import { runDigest, stepDigest } from './step/step_digest'

/** Returns the state of a new run that has loaded its peers. */
export async function initialState(config: RunConfig, peers: readonly Peer[]): Promise<Progress> {
  const models = fingerprintsOf(peers)
  return {
    step: 0,
    digest: await runDigest(config, models),
    chain: DIGEST_START,
    models,
    numTokens: 0,
    trainedTokens: 0,
    generatedTokens: 0,
    ability: {},
    best: null,
    due: ['ability', 'accuracy'],
    ended: null,
  }
}

export function progressOf({ adapters: _, ...progress }: RunState): Progress {
  return progress
}

/** Returns the state after a step, with the measurements due then. */
export async function advance(
  config: RunConfig,
  before: Progress,
  peers: readonly Peer[],
  record: StepRecord,
): Promise<Progress> {
  const after = {
    ...before,
    step: record.step,
    digest: await stepDigest(before.digest, record, adapterHolders(config, peers)),
    numTokens: before.numTokens + tokensOf(record),
    trainedTokens: before.trainedTokens + record.trainedTokens,
    generatedTokens: before.generatedTokens + record.generatedTokens,
  }
  return { ...after, due: dueAfter(config, before, after) }
}

/** Returns why the run is over, or null while it is not. */
export function endOf(config: RunConfig, state: Progress): EndReason | null {
  const { earlyStoppingPatience, trainedTokensBudget, generatedTokensBudget } = config
  if (earlyStoppingPatience !== null && (state.best?.age ?? 0) >= earlyStoppingPatience) return 'early-stop'
  const budgets = [
    trainedTokensBudget === null ? null : state.trainedTokens >= trainedTokensBudget,
    generatedTokensBudget === null ? null : state.generatedTokens >= generatedTokensBudget,
  ].filter((used) => used !== null)
  if (budgets.length > 0 && budgets.every(Boolean)) return 'budget'
  return state.step >= config.steps ? 'steps' : null
}

function dueAfter(config: RunConfig, before: Progress, after: Progress): Measurement[] {
  const { step } = after
  const spent = endOf(config, after) !== null
  const choosing = config.loadBestModelAtEnd || config.earlyStoppingPatience !== null
  const ability = step % config.refreshAbilityEvery === 0 ? !spent || choosing : spent && choosing
  const accuracy = step % config.evalEvery === 0 || spent || crossedBudget(config, before, after)
  return [...(ability ? (['ability'] as const) : []), ...(accuracy ? (['accuracy'] as const) : [])]
}

/** Returns whether a budget was used up between two states. The run is tested then. */
export function crossedBudget(config: RunConfig, before: Progress, after: Progress): boolean {
  const crossed = (budget: number | null, tokens: 'trainedTokens' | 'generatedTokens') =>
    budget !== null && before[tokens] < budget && after[tokens] >= budget
  return (
    crossed(config.trainedTokensBudget, 'trainedTokens') ||
    crossed(config.generatedTokensBudget, 'generatedTokens')
  )
}

/**
 * Returns what a test after this state measures beside the greedy solo answer. Tests outside the `evalEvery`
 * rhythm measure everything.
 */
export function methodsAt(config: RunConfig, state: Progress): ReadonlySet<RunConfig['evalMethods'][number]> {
  const test = state.step / config.evalEvery
  const left = Number.isInteger(test) && test % (config.evalMethodsEvery ?? 1) !== 0
  return new Set(left && endOf(config, state) === null ? [] : measuredMethods(config))
}

/** Compares the new measurement with the best one before. */
export async function withBest(
  config: RunConfig,
  state: Progress,
  peers: readonly Peer[],
): Promise<Progress> {
  const abilities = Object.values(state.ability)
  const accuracy = mean(abilities)
  if (state.best && accuracy <= state.best.accuracy)
    return { ...state, best: { ...state.best, age: state.best.age + 1 } }
  const adapters = config.loadBestModelAtEnd ? await adaptersOf(adapterHolders(config, peers)) : null
  return { ...state, best: { step: state.step, accuracy, age: 0, adapters } }
}
