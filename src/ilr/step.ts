import type { Completion, Peer, UpdateReport } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { Discussion, Mode, Question, Reward, Stage, Task } from '../tasks/task'
import { groupAdvantages } from './advantages'
import { Clock } from './clock'
import { type Draw, drawQuestions, rewardsOf, scaled, tokensOf } from './draw'
import type { RunEvent, Standing } from './events'
import { discuss, type StageListener, sharePrompts, type Table, writeStage } from './idea3'
import { STAGES, type StepKeys } from './keys'
import { chooseMode, type Judged, type Judgement, judgeAll, judgementsOn } from './mode'
import { replaysOf } from './replay'
import {
  type StageRecord,
  type StageRecords,
  type TrainBatch,
  trainedStages,
  trainSequences,
} from './sequences'
import { update } from './update'

export interface StepSetting {
  readonly config: RunConfig
  readonly task: Task
  readonly peers: readonly Peer[]
  /** Starts at 1. */
  readonly step: number
  readonly keys: StepKeys
  /** Questions that the peers' judges rank among. */
  readonly validation: readonly Question[]
  emit(event: RunEvent): void
  /** Resolves when the next unit of work may begin; rejects where the run was stopped. */
  turn(): Promise<void>
  /** Called when all peers have written a stage. */
  finished(stage: Stage): void
  /** Milliseconds, monotonic. */
  now(): number
}

/** Everything a step did, for metrics, transcript and digest. */
export interface StepRecord {
  readonly step: number
  readonly questions: readonly Question[]
  /** Null for a question that was not discussed. */
  readonly modes: readonly (Mode | null)[]
  /** [peer][question]; empty lists where the method has no interaction. */
  readonly judgements: readonly (readonly Judgement[])[]
  /** Judges' answers that could not be read. */
  readonly unread: number
  readonly stages: StageRecords
  /** Per peer. */
  readonly batches: readonly TrainBatch[]
  /** Per peer; null where there was nothing to train on. */
  readonly updates: readonly (UpdateReport | null)[]
  readonly resampled: number
  /** Tokens of all peers' completions, those of questions drawn in vain included. */
  readonly generatedTokens: number
  readonly trainedTokens: number
  /** By stage, and of the update: seconds in which peers wrote or learned. */
  readonly seconds: Readonly<Record<string, number>>
}

/** One training step: ideas on Q questions, with ILR their discussion, rewards, advantages, one update per peer. */
export async function trainStep(setting: StepSetting, state: Standing): Promise<StepRecord> {
  const { config, task, peers, step, keys, emit, turn, finished } = setting
  const clock = new Clock(setting.now)
  const group = config.numGenerations
  const write = async (
    table: Table,
    stage: Stage,
    prompts: readonly (readonly string[])[],
    shown: boolean,
    rewarded: (completions: readonly (readonly Completion[])[]) => Promise<Reward[][]>,
  ) => {
    await turn()
    const completions = await clock.time(stage, () =>
      writeStage(table, stage, prompts, listener(stage, step, emit, shown)),
    )
    const rewards = await rewarded(completions)
    // Whoever follows the discussion sees what came of a stage before the next one begins.
    if (shown) {
      const marks = Object.fromEntries(peers.map(({ id }, i) => [id, rewards[i][0]]))
      emit({ type: 'marked', step, stage, rewards: marks })
    }
    return { completions, rewards }
  }
  const base = { peers, task, rollouts: group, temperature: config.temperature, keys }
  const drawn = await drawQuestions(config, base, async (table, first) => {
    if (first) emit({ type: 'question', step, question: table.questions[0] })
    const { completions: ideas, rewards } = await write(
      table,
      'share',
      sharePrompts(table),
      first,
      (written) => rewardsOf(config, task, table.questions, group, written),
    )
    return { ideas, rewards }
  })
  finished('share')
  const { questions, slots, ideas } = drawn
  const { judgements, unread, judgeTokens } = await interactions(setting, state, drawn)
  const discussed = config.method === 'ilr' ? discussedQuestions(config, task, drawn) : []
  const chosen = (q: number) =>
    chooseMode(
      config,
      judgements.map((own) => own[q]),
      keys.mode(slots[q]),
    )
  const modes = questions.map((_, q) => (discussed.includes(q) ? chosen(q) : null))
  if (config.method === 'ilr') {
    const judgement = judgementsOn(peers, judgements, 0)
    emit({ type: 'discussion', step, question: questions[0], mode: modes[0], judgement })
  }

  const rollouts = Math.min(group, config.discussGenerations ?? group)
  const table: Table = {
    ...base,
    questions: discussed.map((q) => questions[q]),
    slots: discussed.map((q) => slots[q]),
    rollouts,
  }
  const brought = ideas.map((rows) => discussed.flatMap((q) => rows.slice(q * group, q * group + rollouts)))
  const none = peers.map(() => [])
  const earned: Record<'analyze' | 'fuse', Reward[][]> = { analyze: none, fuse: none }
  const { analyzePrompts, analyses, fusePrompts, answers } =
    discussed.length === 0
      ? { analyzePrompts: none, analyses: none, fusePrompts: none, answers: none }
      : await discuss(table, discussed.map(chosen), brought, async (stage, prompts, discussions) => {
          const written = await write(table, stage, prompts, discussed[0] === 0, (completions) =>
            stage === 'analyze'
              ? analysisRewards(config, task, discussions, completions)
              : rewardsOf(config, task, table.questions, rollouts, completions),
          )
          earned[stage] = written.rewards
          finished(stage)
          return written.completions
        })

  await turn()
  const record = async (
    stage: Stage,
    reached: Pick<StageRecord, 'questions' | 'rollouts'>,
    prompts: StageRecord['prompts'],
    completions: readonly (readonly Completion[])[],
    rewards: readonly (readonly Reward[])[],
  ): Promise<StageRecord> => {
    const advantages = trainedStages(config).includes(stage)
      ? await groupAdvantages(peers[0], rewards, reached.rollouts, config)
      : null
    return { ...reached, prompts, completions, rewards, advantages }
  }
  const prompts = sharePrompts({ ...table, questions, rollouts: group })
  const everyone = { questions: questions.map((_, q) => q), rollouts: group }
  const some = { questions: discussed, rollouts }
  const stages: StageRecords = {
    share: await record('share', everyone, prompts, ideas, drawn.rewards),
    analyze: await record('analyze', some, analyzePrompts, analyses, earned.analyze),
    fuse: await record('fuse', some, fusePrompts, answers, earned.fuse),
  }
  const replays = await replaysOf(config, peers, stages.share, stages.fuse)
  const batches = peers.map((_, i) => trainSequences(config, i, stages, replays))
  const updates = await clock.time('update', () =>
    Promise.all(peers.map((peer, i) => update(peer, batches[i], setting))),
  )
  return {
    step,
    questions,
    modes,
    judgements,
    unread,
    stages,
    batches,
    updates,
    resampled: drawn.resampled,
    generatedTokens:
      drawn.wastedTokens +
      judgeTokens +
      tokensOf(STAGES.flatMap((stage) => stages[stage].completions.flat())),
    trainedTokens: updates.reduce((sum, report) => sum + (report?.tokens ?? 0), 0),
    seconds: clock.seconds,
  }
}

/** Rewards of analyses of these discussions, [peer][row]. */
function analysisRewards(
  { reward }: RunConfig,
  task: Task,
  heard: readonly (readonly Discussion[])[],
  analyses: readonly (readonly Completion[])[],
): Promise<Reward[][]> {
  return Promise.all(
    analyses.map((rows, i) =>
      Promise.all(
        rows.map(async ({ text }, row) => scaled(reward, await task.analysisReward(heard[i][row], text))),
      ),
    ),
  )
}

/** What the peers make of the questions; nothing where they do not interact. */
async function interactions(
  { config, task, peers, keys, validation }: StepSetting,
  state: Standing,
  { questions, slots, ideas }: Draw,
): Promise<Judged> {
  if (config.method !== 'ilr') return { judgements: peers.map(() => []), unread: 0, judgeTokens: 0 }
  const group = config.numGenerations
  const views = peers.map((peer, index) => ({
    peer,
    index,
    task,
    questions,
    slots,
    answers: questions.map((_, q) => ideas[index].slice(q * group, (q + 1) * group)),
    answered: 'sampled' as const,
    references: state.references[peer.id],
    validation,
    k: config.difficultyReferences,
    keys,
  }))
  return judgeAll(config, views, state.ability)
}

/** With `disputed`, those questions on which the ideas do not all come to one readable answer. */
function discussedQuestions(config: RunConfig, task: Task, { questions, ideas }: Draw): number[] {
  const group = config.numGenerations
  return questions
    .map((_, q) => q)
    .filter((q) => {
      if (config.discuss === 'all') return true
      const answers = ideas.flatMap((rows) =>
        rows.slice(q * group, (q + 1) * group).map(({ text }) => task.answerOf(text)),
      )
      return answers[0] === null || answers.some((answer) => answer !== answers[0])
    })
}

/** Text is told only of the step's first question. */
function listener(stage: Stage, step: number, emit: StepSetting['emit'], shown: boolean): StageListener {
  return {
    progress: (peer, done, total) => emit({ type: 'progress', phase: stage, step, peer, done, total }),
    ...(shown && { text: (peer: string, text: string) => emit({ type: 'text', step, peer, stage, text }) }),
  }
}
