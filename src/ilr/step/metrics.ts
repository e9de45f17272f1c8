import { hasDiscussion, isCalibrated, type RunConfig } from '../../config/config'
import { replaysFused, trainedStages } from '../../config/training'
import { learningRateOf } from '../../grpo/schedule'
import type { Peer, UpdateReport } from '../../model/peer'
import { mean } from '../../report/averages'
import { STAGES } from '../../tasks/task'
import type { QuestionRecord } from '../events'
import { difficultyAuc } from '../interaction/difficulty_auc'
import { disagree, judgementsOn } from '../interaction/mode'
import { calibrationEffect } from './calibration'
import type { StepRecord } from './step'

/** Standard deviation with Bessel's correction; 0 for a single value. */
function std(values: readonly number[]): number {
  if (values.length < 2) return 0
  const centre = mean(values)
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0) / (values.length - 1),
  )
}

function gather(lists: Map<string, number[]>, name: string, value: number): void {
  const list = lists.get(name)
  if (list) list.push(value)
  else lists.set(name, [value])
}

/** Counts prompt and completion tokens of all rollouts of a step. */
export function tokensOf({ stages }: StepRecord): number {
  let tokens = 0
  for (const stage of STAGES)
    for (const rows of stages[stage].completions)
      for (const { promptIds, ids } of rows) tokens += promptIds.length + ids.length
  return tokens
}

/**
 * Returns a step's metrics under TRL's names; ours begin with `ilr/`, one peer's end in `/{peer}`. Rewards
 * are over the trained stages, lengths over all rollouts, losses over the peers. Updates of adapters that
 * write only discussions have names of their own. Leaves out values that are not finite and metrics without
 * meaning under the run's settings.
 */
export function stepMetrics(
  config: RunConfig,
  peers: readonly Peer[],
  step: StepRecord,
  run: { readonly numTokens: number; readonly seconds: number; readonly ability: Record<string, number> },
): Record<string, number> {
  const metrics: Record<string, number> = {
    ...rewardMetrics(config, peers, step),
    ...lengthMetrics(step),
    ...interactionMetrics(peers, step, run.ability),
    ...updateMetrics(peers, step),
    ...costMetrics(step),
    learning_rate: learningRateOf(config, step.step),
    num_tokens: run.numTokens,
    step_time: run.seconds,
  }
  const left = leftOut(config)
  return Object.fromEntries(
    Object.entries(metrics).filter(
      ([name, value]) =>
        Number.isFinite(value) && !left.some((one) => name === one || name.startsWith(`${one}/`)),
    ),
  )
}

const CALIBRATION_NAMES = [
  'ilr/calibration_shift',
  'ilr/calibration_relative_shift',
  'ilr/calibration_moved',
  'ilr/calibration_clipped',
]

/** Returns metrics without meaning under a run's settings. TRL likewise logs no `kl` where `beta` is 0. */
function leftOut(config: RunConfig): string[] {
  const { method, beta, difficultyJudge, resampleZeroVariance } = config
  const discusses = hasDiscussion(config)
  const names: string[] = []
  if (beta === 0) names.push('kl', `${DISCUSSION}kl`)
  if (!isCalibrated(config)) names.push(...CALIBRATION_NAMES)
  if (!discusses) names.push('ilr/discussed_share', 'ilr/mode_disagreement')
  if (!discusses || difficultyJudge !== 'prompt') names.push('ilr/judge_unread')
  if (resampleZeroVariance === 0) names.push('ilr/resampled')
  if (method !== 'share-only' && !replaysFused(config)) names.push('ilr/replayed')
  return names
}

function rewardMetrics(
  config: RunConfig,
  peers: readonly Peer[],
  { stages, advantageReports }: StepRecord,
): Record<string, number> {
  const metrics: Record<string, number> = {}
  const trained = trainedStages(config)
  const rewards = trained.map((stage) => stages[stage].rewards)
  const totals = rewards.flat(2).map(({ total }) => total)
  const groups = trained.flatMap((stage) => {
    const { rollouts, rewards: perPeer } = stages[stage]
    const own: number[] = []
    for (const rows of perPeer)
      for (let start = 0; start < rows.length; start += rollouts)
        own.push(std(rows.slice(start, start + rollouts).map(({ total }) => total)))
    return own
  })
  metrics.reward = mean(totals)
  metrics.reward_std = mean(groups)
  const parts = new Map<string, number[]>()
  for (const reward of rewards.flat(2))
    for (const [name, value] of Object.entries(reward.parts)) gather(parts, name, value)
  for (const [name, values] of parts) {
    metrics[`rewards/${name}/mean`] = mean(values)
    metrics[`rewards/${name}/std`] = std(values)
  }
  const reports = trained.flatMap((stage) => stages[stage].advantages?.report ?? [])
  const flat = reports.flatMap(({ zeroVariance }) => [...zeroVariance])
  metrics.frac_reward_zero_std = mean(flat)
  metrics['ilr/zero_variance_groups'] = flat.filter((one) => one === 1).length
  const effect = calibrationEffect(advantageReports)
  metrics['ilr/calibration_shift'] = effect.shift
  metrics['ilr/calibration_relative_shift'] = effect.relativeShift
  metrics['ilr/calibration_moved'] = effect.moved
  metrics['ilr/calibration_clipped'] = effect.clipped
  peers.forEach(({ id }, i) => {
    metrics[`reward/${id}`] = mean(rewards.flatMap((perPeer) => perPeer[i].map(({ total }) => total)))
    for (const stage of STAGES)
      metrics[`ilr/correct_${stage}/${id}`] = mean(
        stages[stage].rewards[i].map(({ correct }) => Number(correct)),
      )
  })
  return metrics
}

function lengthMetrics({ stages }: StepRecord): Record<string, number> {
  const completions = STAGES.flatMap((stage) => stages[stage].completions.flat())
  const lengths = completions.map(({ ids }) => ids.length)
  return {
    'completions/mean_length': mean(lengths),
    'completions/min_length': lengths.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    'completions/max_length': lengths.reduce((a, b) => Math.max(a, b), 0),
    'completions/overlong': completions.filter(({ truncated }) => truncated).length,
    'completions/clipped_ratio': mean(completions.map(({ truncated }) => Number(truncated))),
  }
}

function interactionMetrics(
  peers: readonly Peer[],
  { modes, judgements, stages, batches, unread, resampled, misquoted }: StepRecord,
  ability: Record<string, number>,
): Record<string, number> {
  const discussed = modes.filter((mode) => mode !== null)
  const perQuestion = modes.map((_, q) => judgements.flatMap((own) => own[q] ?? []))
  const metrics: Record<string, number> = {
    'ilr/cooperation_share': mean(discussed.map((mode) => Number(mode === 'cooperate'))),
    'ilr/discussed_share': discussed.length / modes.length,
    'ilr/mode_disagreement': mean(perQuestion.map((all) => Number(disagree(all)))),
    'ilr/judge_unread': unread,
    'ilr/misquoted': misquoted,
    'ilr/resampled': resampled,
    'ilr/replayed': batches.reduce((sum, { replayed }) => sum + replayed, 0),
  }
  const aucs: number[] = []
  peers.forEach(({ id }, i) => {
    const difficulties = judgements[i].map(({ difficulty }) => difficulty)
    const auc = difficultyAuc(difficulties, stages.share.rewards[i], stages.share.rollouts)
    if (auc !== null) {
      metrics[`ilr/difficulty_auc/${id}`] = auc
      aucs.push(auc)
    }
    metrics[`ilr/ability/${id}`] = ability[id]
    metrics[`ilr/difficulty/${id}`] = mean(difficulties)
    metrics[`ilr/p/${id}`] = mean(judgements[i].map(({ p }) => p))
    metrics[`ilr/replayed/${id}`] = batches[i].replayed
  })
  metrics['ilr/difficulty_auc'] = mean(aucs)
  return metrics
}

/** Returns the cost of each stage and the update: sampled tokens, prompt tokens read, seconds. */
function costMetrics({
  stages,
  seconds,
  generatedTokens,
  trainedTokens,
}: StepRecord): Record<string, number> {
  const metrics: Record<string, number> = {
    'ilr/generated_tokens': generatedTokens,
    'ilr/trained_tokens': trainedTokens,
  }
  for (const stage of STAGES) {
    const rows = stages[stage].completions.flat()
    metrics[`ilr/tokens/${stage}`] = rows.reduce((sum, { ids }) => sum + ids.length, 0)
    metrics[`ilr/prompt_tokens/${stage}`] = rows.reduce((sum, { promptIds }) => sum + promptIds.length, 0)
  }
  for (const [name, value] of Object.entries(seconds)) metrics[`ilr/seconds/${name}`] = value
  return metrics
}

/** Returns mode and judgements of each question of a step. */
export function questionRecords(
  peers: readonly Peer[],
  { questions, modes, judgements }: StepRecord,
): QuestionRecord[] {
  return questions.map(({ id, skill, level }, q) => {
    const all = judgements.flatMap((own) => own[q] ?? [])
    const judgement = judgementsOn(peers, judgements, q)
    return { id, skill, level, mode: modes[q], judgement, disagreement: disagree(all) }
  })
}

/** TRL's name of each statistic of an update. */
const UPDATE_NAMES = {
  loss: 'loss',
  kl: 'kl',
  entropy: 'entropy',
  clipLow: 'clip_ratio/low_mean',
  clipHigh: 'clip_ratio/high_mean',
  clipRegion: 'clip_ratio/region_mean',
  gradNorm: 'grad_norm',
  logpDifferenceMean: 'sampling/sampling_logp_difference/mean',
  logpDifferenceMax: 'sampling/sampling_logp_difference/max',
} as const satisfies Partial<Record<keyof UpdateReport, string>>

/** Start of the names of an update's metrics, for adapters that write only discussions. */
const DISCUSSION = 'ilr/discussion/'

function updateMetrics(peers: readonly Peer[], { learners, updates }: StepRecord): Record<string, number> {
  const metrics: Record<string, number> = { 'ilr/skipped_updates': 0 }
  const gathered = new Map<string, number[]>()
  updates.forEach((report, i) => {
    if (!report) return
    if (report.skipped) metrics['ilr/skipped_updates']++
    const { index, writes } = learners[i]
    const { id } = peers[index]
    const ofDiscussion = writes === 'discussions'
    for (const [key, plain] of Object.entries(UPDATE_NAMES)) {
      const name = ofDiscussion ? `${DISCUSSION}${plain}` : plain
      const value = report[key as keyof typeof UPDATE_NAMES]
      metrics[`${name}/${id}`] = value
      if (Number.isFinite(value)) gather(gathered, name, value)
    }
    metrics[`${ofDiscussion ? DISCUSSION : 'ilr/'}trained_tokens/${id}`] = report.tokens
  })
  for (const [name, values] of gathered)
    metrics[name] = name.endsWith('/max') ? Math.max(...values) : mean(values)
  return metrics
}
