import { hasDiscussion } from '../../config/config'
import { trainedStages } from '../../config/training'
import type { AdvantageReport } from '../../grpo/types'
import type { UpdateReport } from '../../model/peer'
import { type Mode, type Question, STAGES, type Stage } from '../../tasks/task'
import type { Abilities } from '../events'
import { type Judgement, judgementsOn, judgeQuestions, notJudged } from '../interaction/mode'
import { type Learner, learnersOf } from '../learners'
import { groupAdvantages } from './advantages'
import { areDiscussed, discussed } from './discussion'
import { drawQuestions, tokensOf } from './draw'
import { discussionPrompts, withAnalyses, writeStage } from './idea3'
import { replaysOf } from './replay'
import { analysisReward, answerReward, areRight, misquotedShare } from './rewards'
import { type StageRecords, type TrainBatch, trainSequences } from './sequences'
import { emptyStage, listenerOf, rewardStage, type StepSetting } from './stage'
import { updatePeers } from './update'

/** Record of a step, for metrics, transcript and digest. */
export interface StepRecord {
  readonly step: number
  readonly questions: readonly Question[]
  /** Null for a question that was not discussed. */
  readonly modes: readonly (Mode | null)[]
  /** [peer][question]; empty lists for methods without interaction. */
  readonly judgements: readonly (readonly Judgement[])[]
  /** Number of judges' answers that could not be read. */
  readonly unread: number
  /** Share of readable analyses that quote a step which the idea does not have; NaN where none quotes. */
  readonly misquoted: number
  readonly stages: StageRecords
  /** Reports on the groups of the trained stages, and on the joint groups. */
  readonly advantageReports: readonly AdvantageReport[]
  /** See `learnersOf`. */
  readonly learners: readonly Learner[]
  /** Per learner. */
  readonly batches: readonly TrainBatch[]
  /** Per learner; null where there was nothing to train on. */
  readonly updates: readonly (UpdateReport | null)[]
  readonly resampled: number
  /** Tokens of all peers' completions, including those of replaced questions. */
  readonly generatedTokens: number
  readonly trainedTokens: number
  /** Seconds of each stage and of the update, until the slowest peer is done. */
  readonly seconds: Readonly<Record<string, number>>
}

/** Runs one training step. The numbers below are those of "One step" in docs/method.md. */
export async function trainStep(setting: StepSetting, ability: Abilities): Promise<StepRecord> {
  const { config, peers, task, step, clock, emit, turn, finished } = setting

  // 1. Draw questions; every peer writes ideas about them (S1). Each stage also brings its rewards (6).
  const drawn = await drawQuestions(setting)
  const { share } = drawn
  const { questions } = drawn.batch
  finished('share')

  // 2 to 4. Judge difficulty and each peer's probability of a right answer; choose the modes.
  const judged = hasDiscussion(config)
    ? await judgeQuestions(config, drawn.batch, share.completions, ability, areRight(share.rewards))
    : notJudged(peers.length)
  const isDiscussed = areDiscussed(config, drawn)
  const modes = questions.map((_, q) => (isDiscussed[q] ? judged.modes[q] : null))
  if (hasDiscussion(config)) {
    const judgement = judgementsOn(peers, judged.judgements, 0)
    emit({ type: 'discussion', step, question: questions[0], mode: modes[0], judgement })
  }

  // 5. The peers analyze each other's ideas (S2) and fuse them (S3).
  const { batch, places, discussions } = discussed(config, drawn, modes)
  const { rollouts } = batch
  let analyze = emptyStage(peers.length, rollouts)
  let fuse = analyze
  let misquoted = Number.NaN
  if (places.length > 0) {
    const analyzePrompts = discussionPrompts(batch, 'analyze', discussions)
    await turn()
    const analyses = await clock.time('analyze', () =>
      writeStage(batch, 'analyze', analyzePrompts, listenerOf(setting, 'analyze', places)),
    )
    analyze = await rewardStage(
      setting,
      'analyze',
      { questions: places, rollouts, prompts: analyzePrompts, completions: analyses },
      analysisReward(task, discussions),
    )
    misquoted = misquotedShare(task, discussions, analyses)
    finished('analyze')

    const fusePrompts = discussionPrompts(batch, 'fuse', withAnalyses(discussions, analyses))
    await turn()
    const answers = await clock.time('fuse', () =>
      writeStage(batch, 'fuse', fusePrompts, listenerOf(setting, 'fuse', places)),
    )
    fuse = await rewardStage(
      setting,
      'fuse',
      { questions: places, rollouts, prompts: fusePrompts, completions: answers },
      answerReward(task, batch.questions, rollouts),
    )
    finished('fuse')
  }
  await turn()

  // 7 and 8. Compute calibrated rewards and group-relative advantages.
  const written = { share, analyze, fuse }
  const replays = await replaysOf(config, peers, written)
  const trained = trainedStages(config)
  const groupsOf = (stage: Stage) =>
    trained.includes(stage) ? { rewards: written[stage].rewards, size: written[stage].rollouts } : null
  const advantages = await groupAdvantages(
    peers[0],
    {
      share: groupsOf('share'),
      analyze: groupsOf('analyze'),
      fuse: groupsOf('fuse'),
      joint: replays?.joint ?? null,
    },
    config,
  )
  const stages: StageRecords = {
    share: { ...share, advantages: advantages.share },
    analyze: { ...analyze, advantages: advantages.analyze },
    fuse: { ...fuse, advantages: advantages.fuse },
  }

  // 9. Choose each adapter's training sequences and run its optimizer steps.
  const learners = learnersOf(config, peers)
  const batches = learners.map((one) => trainSequences(config, one, stages, replays, advantages.joint))
  const updates = await clock.time('update', () => updatePeers(learners, batches, setting))

  const completions = STAGES.flatMap((stage) => stages[stage].completions.flat())
  return {
    step,
    questions,
    modes,
    judgements: judged.judgements,
    unread: judged.unread,
    misquoted,
    stages,
    advantageReports: Object.values(advantages).flatMap((groups) => groups?.report ?? []),
    learners,
    batches,
    updates,
    resampled: drawn.resampled,
    generatedTokens: drawn.wastedTokens + judged.judgeTokens + tokensOf(completions),
    trainedTokens: updates.reduce((sum, report) => sum + (report?.tokens ?? 0), 0),
    seconds: clock.seconds,
  }
}
