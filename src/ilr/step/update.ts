import { replaysFused } from '../../config/training'
import { learningRateOf } from '../../grpo/schedule'
import type { UpdateReport } from '../../model/peer'
import { joinedWatch } from '../../model/train/watched_sequences'
import type { Learner } from '../learners'
import type { TrainBatch } from './sequences'
import type { StepSetting } from './stage'
import { maxNewTokensOf } from './wording'

/**
 * Updates every learner on its batch: all peers at the same time, the adapters of one peer one after the
 * other.
 * @returns the report of each learner; null where it had nothing to train on
 */
export async function updatePeers(
  learners: readonly Learner[],
  batches: readonly TrainBatch[],
  setting: StepSetting,
): Promise<(UpdateReport | null)[]> {
  const { config, peers, step, emit } = setting
  const reports = learners.map((): UpdateReport | null => null)
  await Promise.all(
    peers.map(async ({ id: peer }, index) => {
      const own = [...learners.keys()].filter((place) => learners[place].index === index)
      const total = own.reduce((sum, place) => sum + batches[place].sequences.length, 0)
      let done = 0
      const progress = (sequences: number) => {
        done += sequences
        emit({
          type: 'progress',
          phase: 'update',
          step,
          peer,
          done,
          total: total * config.numIterations,
        })
      }
      if (total > 0) progress(0)
      for (const place of own) {
        reports[place] = await update(learners[place], batches[place], setting, progress)
        // A step without a discussion trains only what answers.
        if (reports[place] === null && learners[place].writes !== 'discussions')
          emit({ type: 'warning', step, message: `${peer} had nothing to train on in step ${step}` })
      }
    }),
  )
  return reports
}

/**
 * Updates one adapter on a rollout batch in `numIterations` optimizer steps. Null where there is nothing to
 * train on.
 * @param progress called with the number of sequences trained since the last call
 */
async function update(
  { writer, stages, replays }: Learner,
  { sequences, masked, shown }: TrainBatch,
  { config, task, step }: StepSetting,
  progress: (sequences: number) => void,
): Promise<UpdateReport | null> {
  if (sequences.length === 0) return null
  const written = replays && replaysFused(config) ? [...stages, 'fuse' as const] : stages
  const limits = written.map((stage) => maxNewTokensOf(config, task, writer, stage))
  const reports: UpdateReport[] = []
  for (let iteration = 1; iteration <= config.numIterations; iteration++) {
    reports.push(
      await writer.update({
        sequences,
        masked,
        loss: {
          lossType: config.lossType,
          importanceSamplingLevel: config.importanceSamplingLevel,
          epsilon: config.epsilon,
          epsilonHigh: config.epsilonHigh,
          beta: config.beta,
          temperature: config.temperature,
          maxCompletionLength: Math.max(...limits),
        },
        learningRate: learningRateOf(config, step),
        maxGradNorm: config.maxGradNorm,
        adamBeta1: config.adamBeta1,
        adamBeta2: config.adamBeta2,
        adamEpsilon: config.adamEpsilon,
        weightDecay: config.weightDecay,
        watched: Object.values(shown),
      }),
    )
    progress(sequences.length)
  }
  return joined(reports)
}

/**
 * Joins the reports of several updates on one batch. Tokens add up; one skipped update marks the whole as
 * skipped; the sampler's gap is the first update's, because later ones have left the policy that sampled; the
 * rest are means.
 */
function joined(reports: readonly UpdateReport[]): UpdateReport {
  const mean = (value: (report: UpdateReport) => number) =>
    reports.reduce((sum, report) => sum + value(report), 0) / reports.length
  return {
    ...reports[0],
    loss: mean(({ loss }) => loss),
    kl: mean(({ kl }) => kl),
    entropy: mean(({ entropy }) => entropy),
    clipLow: mean(({ clipLow }) => clipLow),
    clipHigh: mean(({ clipHigh }) => clipHigh),
    clipRegion: mean(({ clipRegion }) => clipRegion),
    gradNorm: mean(({ gradNorm }) => gradNorm),
    tokens: reports.reduce((sum, { tokens }) => sum + tokens, 0),
    skipped: reports.some(({ skipped }) => skipped),
    watched: reports[0].watched.map((_, i) => joinedWatch(reports.map(({ watched }) => watched[i]))),
  }
}
