import type { RunConfig } from '../../config/config'
import type { Mode } from '../../tasks/task'
import type { Draw } from './draw'
import { type DiscussionBatch, discussionPrompts, discussionsOf, groupOf, withAnalyses } from './idea3'
import { analysisReward, answerReward } from './rewards'
import { emptyStage, holdStage, type StepSetting, type WrittenStage } from './stage'

/** Whether each question is discussed. With `disputed`, only those on which the ideas do not all come to one readable answer. */
export function areDiscussed({ method, discuss }: RunConfig, { batch, share }: Draw): boolean[] {
  return batch.questions.map((_, q) => {
    if (method !== 'ilr' || discuss === 'all') return method === 'ilr'
    const answers = share.completions.flatMap((rows) =>
      groupOf(rows, q, share.rollouts).map(({ text }) => batch.task.answerOf(text)),
    )
    return answers[0] === null || answers.some((answer) => answer !== answers[0])
  })
}

/** Stages analyze (S2) and fuse (S3) on the questions that have a mode, with `discussGenerations` of each question's ideas. */
export async function discuss(
  setting: StepSetting,
  { batch: { questions, slots, ...base }, share }: Draw,
  modes: readonly (Mode | null)[],
): Promise<{ readonly analyze: WrittenStage; readonly fuse: WrittenStage }> {
  const { config, task, peers } = setting
  const rollouts = Math.min(share.rollouts, config.discussGenerations ?? share.rollouts)
  const discussed = modes.flatMap((mode, q) => (mode === null ? [] : [{ q, mode }]))
  const places = discussed.map(({ q }) => q)
  if (places.length === 0) {
    const none = emptyStage(peers.length, rollouts)
    return { analyze: none, fuse: none }
  }
  const batch: DiscussionBatch = {
    ...base,
    questions: places.map((q) => questions[q]),
    slots: places.map((q) => slots[q]),
    rollouts,
  }
  const ideas = share.completions.map((rows) =>
    places.flatMap((q) => groupOf(rows, q, share.rollouts).slice(0, rollouts)),
  )
  const heard = discussionsOf(
    batch,
    discussed.map(({ mode }) => mode),
    ideas,
  )
  const analyze = await holdStage(
    setting,
    'analyze',
    batch,
    places,
    discussionPrompts(batch, 'analyze', heard),
    analysisReward(task, heard),
  )
  setting.finished('analyze')
  const fuse = await holdStage(
    setting,
    'fuse',
    batch,
    places,
    discussionPrompts(batch, 'fuse', withAnalyses(heard, analyze.completions)),
    answerReward(task, batch.questions, rollouts),
  )
  setting.finished('fuse')
  return { analyze, fuse }
}
