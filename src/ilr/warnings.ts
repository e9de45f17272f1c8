/** Warnings for readers of a run's numbers. */

import { isCalibrated, measuredMethods, type RunConfig } from '../config/config'
import { trainedStages } from '../config/training'
import type { Peer } from '../model/peer'
import { STAGES, type Stage, type Task } from '../tasks/task'
import { type CalibrationEffect, calibrationEffect, MOVED } from './step/calibration'
import type { StepRecord } from './step/step'
import { maxNewTokensOf, writesSentences } from './step/wording'

export const OLDER_CHAIN =
  'This run began in another version of Colloquy. It goes on with that version’s digest, ' +
  'which cannot be compared with digests of new runs.'

/** Returns the warnings of a step. Settings are checked only in a session's first step. */
export function stepWarnings(
  config: RunConfig,
  task: Task,
  peers: readonly Peer[],
  record: StepRecord,
  first: boolean,
): string[] {
  const skipped = record.learners
    .filter((_, i) => record.updates[i]?.skipped)
    .map(
      ({ writer: { id } }) =>
        `${id}'s update of step ${record.step} was skipped: loss or gradient was not finite; its adapter is unchanged`,
    )
  const settings = first
    ? [
        calibrationWarning(config, record),
        importanceWarning(config),
        alonenessWarning(config),
        ...peers.map((peer, i) => cutWarning(config, task, peer, i, record)),
        judgeWarning(config, record),
      ]
    : []
  return [...settings.filter((text) => text !== null), ...skipped]
}

/** Warns that calibration moved no advantage of the step, and says why. Null where it moved one. */
function calibrationWarning(config: RunConfig, record: StepRecord): string | null {
  if (!config.calibration) return null
  if (!isCalibrated(config))
    return 'calibration has no effect: a peer that learns alone has no others to compare rewards with'
  const effect = calibrationEffect(record.advantageReports)
  return effect.moved > 0
    ? null
    : `calibration changed no advantage by more than ${MOVED} in step ${record.step}: ${whyUnmoved(config, record, effect)}`
}

function whyUnmoved(
  config: RunConfig,
  { stages }: StepRecord,
  { moved, clipped }: CalibrationEffect,
): string {
  if (Number.isNaN(moved)) return 'in each group all rewards are equal'
  if (config.scaleRewards !== 'group') return 'it added the same to all rewards of a group'
  const rewards = trainedStages(config).flatMap((stage) => stages[stage].rewards.flat())
  if (new Set(rewards.map(({ total }) => total)).size <= 2)
    return (
      'rewards have two values, and divided by the spread of the group (scaleRewards "group") any two values ' +
      'give the same advantages; use a graded reward, or scaleRewards "batch" or "none"'
    )
  return clipped === 0
    ? 'no term was clipped, so a calibrated reward is an affine function of the reward, and division by the ' +
        'spread of the group (scaleRewards "group") removes that'
    : 'the clipped terms left the relative distances of a group’s rewards as they were'
}

/** Warns, as TRL does, that a sequence ratio needs a loss that weighs sequences alike. Null where it does. */
function importanceWarning({ importanceSamplingLevel, lossType }: RunConfig): string | null {
  if (importanceSamplingLevel !== 'sequence' || lossType === 'grpo') return null
  return (
    `importanceSamplingLevel "sequence" with lossType "${lossType}" weighs long completions more than short ones; ` +
    'sequence-level importance (GSPO) is meant for lossType "grpo"'
  )
}

/** Warns that a single peer is not measured in discussions. Null where that is not asked for. */
function alonenessWarning(config: RunConfig): string | null {
  const measured = measuredMethods(config)
  const left = config.evalMethods.filter((name) => !measured.includes(name))
  if (left.length === 0) return null
  const [{ id }] = config.peers
  return `evalMethods ${left.join(' and ')} cannot be measured: ${id} is alone and has nobody to discuss with`
}

/** Share of a peer's completions in a stage above which cut ones draw a warning. */
const MANY_CUT = 0.2

/** What peers write in each stage, in words. */
const WRITTEN: Readonly<Record<Stage, string>> = {
  share: 'ideas',
  analyze: 'analyses',
  fuse: 'joint answers',
}

/**
 * Warns that the length limit cuts a peer's texts: the answer or the verdict comes last. Null for a peer whose
 * limit is not a setting.
 */
function cutWarning(
  config: RunConfig,
  task: Task,
  peer: Peer,
  index: number,
  { stages }: StepRecord,
): string | null {
  if (!writesSentences(task, peer)) return null
  const spoiled = STAGES.flatMap((stage) => {
    const limit = maxNewTokensOf(config, task, peer, stage)
    const all = stages[stage].completions[index]
    // A completion can also be cut at the end of the model's positions, where a higher limit does not help.
    const cut = all.filter(({ ids, truncated }) => truncated && ids.length === limit).length
    return cut > MANY_CUT * all.length ? [{ limit, text: `${cut} of ${all.length} ${WRITTEN[stage]}` }] : []
  })
  if (spoiled.length === 0) return null
  const texts = spoiled.map(({ text }) => text).join(', ')
  const longest = Math.max(...spoiled.map(({ limit }) => limit))
  return `${peer.id}: the length limit cut ${texts}; set maxCompletionLength to more than ${longest}`
}

/** Warns that peers do not reply to the `prompt` judge with an order. Null where at most half of them do not. */
function judgeWarning({ difficultyJudge }: RunConfig, { unread, judgements }: StepRecord): string | null {
  const asked = judgements.flat().length
  if (difficultyJudge !== 'prompt' || unread <= asked / 2) return null
  return `${unread} of ${asked} difficulties could not be read from the peers' replies and count as 0.5: choose difficultyJudge "confidence", or models that follow instructions`
}
