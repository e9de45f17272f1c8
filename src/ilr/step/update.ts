import { trainedStages } from '../../config/config'
import { learningRateOf } from '../../grpo/schedule'
import type { Peer, UpdateReport } from '../../model/peer'
import { joinedWatch } from '../../model/train/watched_sequences'
import type { TrainBatch } from './sequences'
import type { StepSetting } from './stage'
import { maxNewTokensOf } from './wording'

/**
 * Updates one peer on a rollout batch in `numIterations` optimizer steps. Null where there is nothing to
 * train on.
 */
export async function update(
  peer: Peer,
  { sequences, masked, shown }: TrainBatch,
  setting: StepSetting,
): Promise<UpdateReport | null> {
  const { config, task, step, emit } = setting
  if (sequences.length === 0) {
    emit({ type: 'warning', step, message: `${peer.id} had nothing to train on in step ${step}` })
    return null
  }
  const total = sequences.length * config.numIterations
  const progress = (done: number) =>
    emit({ type: 'progress', phase: 'update', step, peer: peer.id, done, total })
  progress(0)
  const limits = trainedStages(config).map((stage) => maxNewTokensOf(config, task, peer, stage))
  const reports: UpdateReport[] = []
  for (let iteration = 1; iteration <= config.numIterations; iteration++) {
    reports.push(
      await peer.update({
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
    progress(sequences.length * iteration)
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
