import { learnsAlone, type RunConfig } from '../../config/config'
import type { Completion } from '../../model/peer'
import type { Reward } from '../../tasks/task'
import { type DiscussionBatch, groupOf, sharePrompts, writeStage } from './idea3'
import { answerReward } from './rewards'
import { listenerOf, rewardStage, type StepSetting, type WrittenStage } from './stage'

/** The questions of a step, with every peer's ideas about them. */
export interface Draw {
  readonly batch: DiscussionBatch
  readonly share: WrittenStage
  /** Number of questions that were replaced, and the tokens generated for them. */
  readonly resampled: number
  readonly wastedTokens: number
}

type Drawn = Pick<Draw, 'batch' | 'share'>

/**
 * Draws Q questions; every peer writes G ideas about each. With `resampleZeroVariance`, new questions replace
 * those whose ideas teach nothing (all ideas of all peers earn the same; for peers that learn alone, of each),
 * as in DAPO's dynamic sampling. That happens at most so many times; then the questions stay.
 */
export async function drawQuestions(setting: StepSetting): Promise<Draw> {
  const { config } = setting
  const places = Array.from({ length: config.questionsPerStep }, (_, q) => q)
  let drawn = await share(setting, 0, places)
  let resampled = 0
  let wastedTokens = 0
  for (let round = 1; round <= config.resampleZeroVariance; round++) {
    const idle = places.filter((q) => isIdle(config, drawn.share.rewards, q))
    if (idle.length === 0) break
    resampled += idle.length
    for (const rows of drawn.share.completions)
      wastedTokens += tokensOf(idle.flatMap((q) => groupOf(rows, q, config.numGenerations)))
    drawn = replaced(drawn, idle, await share(setting, round, idle))
  }
  return { ...drawn, resampled, wastedTokens }
}

/** Runs stage share (S1): every peer's ideas about new questions for these places of the step. */
async function share(setting: StepSetting, round: number, places: readonly number[]): Promise<Drawn> {
  const { config, task, peers, step, keys, clock, emit, turn } = setting
  const rollouts = config.numGenerations
  const questions = task.questions('train', keys.questions(round), places.length)
  const slots = questions.map((_, q) => round * config.questionsPerStep + q)
  const batch = { config, peers, task, questions, slots, rollouts, temperature: config.temperature, keys }
  if (places[0] === 0) emit({ type: 'question', step, question: questions[0] })
  const prompts = sharePrompts(batch)
  await turn()
  const completions = await clock.time('share', () =>
    writeStage(batch, 'share', prompts, listenerOf(setting, 'share', places)),
  )
  const written = { questions: places, rollouts, prompts, completions }
  return {
    batch,
    share: await rewardStage(setting, 'share', written, answerReward(task, questions, rollouts)),
  }
}

function isIdle(config: RunConfig, rewards: readonly (readonly Reward[])[], q: number): boolean {
  const groups = rewards.map((rows) => groupOf(rows, q, config.numGenerations).map(({ total }) => total))
  const equal = (values: readonly number[]) => values.every((value) => value === values[0])
  return learnsAlone(config) ? groups.every(equal) : equal(groups.flat())
}

function replaced({ batch, share }: Drawn, idle: readonly number[], fresh: Drawn): Drawn {
  const from = new Map(idle.map((q, i) => [q, i]))
  const single = <T>(old: readonly T[], replacement: readonly T[]) =>
    old.map((value, q) => replacement[from.get(q) ?? -1] ?? value)
  const grouped = <T>(old: readonly (readonly T[])[], replacement: readonly (readonly T[])[]) =>
    old.map((rows, peer) =>
      share.questions.flatMap((q) => {
        const i = from.get(q)
        return i === undefined
          ? groupOf(rows, q, share.rollouts)
          : groupOf(replacement[peer], i, share.rollouts)
      }),
    )
  return {
    batch: {
      ...batch,
      questions: single(batch.questions, fresh.batch.questions),
      slots: single(batch.slots, fresh.batch.slots),
    },
    share: {
      ...share,
      prompts: grouped(share.prompts, fresh.share.prompts),
      completions: grouped(share.completions, fresh.share.completions),
      rewards: grouped(share.rewards, fresh.share.rewards),
    },
  }
}

/** Counts generated tokens. */
export function tokensOf(completions: readonly Completion[]): number {
  return completions.reduce((sum, { ids }) => sum + ids.length, 0)
}
