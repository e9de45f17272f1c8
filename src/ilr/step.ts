import type { AdapterState, Completion, Peer, UpdateReport } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { Discussion, Mode, Question, Stage, Task } from '../tasks/task'
import { groupAdvantages, jointRewards } from './advantages'
import { difficulty, uncertainty } from './difficulty'
import type { Exchange, RunEvent, RunState } from './events'
import { discussionsOf, type StageListener, sharePrompts, type Table, writeStage } from './idea3'
import { STAGES, type StepKeys } from './keys'
import { chooseMode, type Judgement, judge } from './mode'
import { replays, type StageRecord, type StageRecords, type TrainBatch, trainSequences } from './sequences'

export interface StepSetting {
  readonly config: RunConfig
  readonly task: Task
  readonly peers: readonly Peer[]
  /** Starts at 1. */
  readonly step: number
  readonly keys: StepKeys
  emit(event: RunEvent): void
  /** Resolves when the next unit of work may begin; rejects where the run was stopped. */
  turn(): Promise<void>
}

/** Everything a step did, for metrics, transcript and digest. */
export interface StepRecord {
  readonly questions: readonly Question[]
  readonly modes: readonly Mode[]
  /** [peer][question] */
  readonly judgements: readonly (readonly Judgement[])[]
  readonly stages: StageRecords
  /** Per peer. */
  readonly batches: readonly TrainBatch[]
  /** Per peer; null where there was nothing to train on. */
  readonly updates: readonly (UpdateReport | null)[]
  readonly learningRate: number
  /** Per peer, after the update. */
  readonly adapters: readonly AdapterState[]
}

/** One training step: Idea3 on Q questions, rewards, advantages, one optimizer step per peer. */
export async function trainStep(setting: StepSetting, state: RunState): Promise<StepRecord> {
  const { config, task, peers, step, keys, emit, turn } = setting
  const group = config.numGenerations
  const questions = task.questions('train', keys.questions(), config.questionsPerStep)
  const table: Table = { peers, task, questions, rollouts: group, temperature: config.temperature, keys }
  const questionOf = (row: number) => questions[Math.floor(row / group)]
  const write = async (stage: Stage, prompts: readonly (readonly string[])[]) => {
    await turn()
    return writeStage(table, stage, prompts, listener(stage, step, emit))
  }
  const solved = (completions: readonly (readonly Completion[])[]) =>
    completions.map((rows) => rows.map(({ text }, row) => task.reward(questionOf(row), text)))
  const weigh = async (stage: Stage, rewards: StageRecord['rewards']) =>
    config.trainStages.includes(stage) ? groupAdvantages(peers[0], rewards, group, config) : null

  emit({ type: 'question', step, question: questions[0] })
  const shared = sharePrompts(table)
  const sharedPrompts = peers.map(() => shared)
  const ideas = await write('share', sharedPrompts)
  const judgements = peers.map((peer, i) =>
    questions.map((_, q) => {
      const value = uncertainty(task, ideas[i].slice(q * group, (q + 1) * group))
      const references = state.references[peer.id].sampled
      const rank = difficulty(value, references, config.difficultyReferences, keys.judge(i, q))
      return judge(state.ability[peer.id], rank)
    }),
  )
  const modes = questions.map((_, q) =>
    chooseMode(
      config.interaction,
      judgements.map((own) => own[q]),
      keys.mode(q),
    ),
  )
  const judgement = Object.fromEntries(peers.map(({ id }, i) => [id, judgements[i][0]]))
  emit({ type: 'discussion', step, question: questions[0], mode: modes[0], judgement })

  const heard: Discussion[][] = peers.map((_, i) => discussionsOf(table, i, modes, ideas))
  const analyzePrompts = heard.map((rows) => rows.map((row) => task.analyzePrompt(row)))
  const analyses = await write('analyze', analyzePrompts)
  const fusePrompts = peers.map((_, i) =>
    discussionsOf(table, i, modes, ideas, analyses).map((row) => task.fusePrompt(row)),
  )
  const answers = await write('fuse', fusePrompts)

  await turn()
  const rewards = {
    share: solved(ideas),
    analyze: analyses.map((rows, i) => rows.map(({ text }, row) => task.analysisReward(heard[i][row], text))),
    fuse: solved(answers),
  }
  const stages: StageRecords = {
    share: record(sharedPrompts, ideas, rewards.share, await weigh('share', rewards.share)),
    analyze: record(analyzePrompts, analyses, rewards.analyze, await weigh('analyze', rewards.analyze)),
    fuse: record(fusePrompts, answers, rewards.fuse, await weigh('fuse', rewards.fuse)),
  }
  const joint = replays(config)
    ? await groupAdvantages(peers[0], jointRewards(rewards.share, rewards.fuse, group), 2 * group, config)
    : null
  const batches = peers.map((_, i) => trainSequences(config, i, stages, joint))
  const learningRate = config.learningRate * Math.min(1, step / Math.max(1, config.warmupSteps))
  const updates = await Promise.all(peers.map((peer, i) => update(peer, batches[i], learningRate, setting)))
  const adapters = await Promise.all(peers.map((peer) => peer.adapterState()))
  return { questions, modes, judgements, stages, batches, updates, learningRate, adapters }
}

function record(
  prompts: StageRecord['prompts'],
  completions: StageRecord['completions'],
  rewards: StageRecord['rewards'],
  advantages: StageRecord['advantages'],
): StageRecord {
  return { prompts, completions, rewards, advantages }
}

function listener(stage: Stage, step: number, emit: StepSetting['emit']): StageListener {
  return {
    progress: (peer, done, total) => emit({ type: 'progress', phase: stage, step, peer, done, total }),
    text: (peer, text) => emit({ type: 'text', step, peer, stage, text }),
  }
}

async function update(
  peer: Peer,
  { sequences }: TrainBatch,
  learningRate: number,
  { config, task, step, emit }: StepSetting,
): Promise<UpdateReport | null> {
  if (sequences.length === 0) {
    emit({ type: 'warning', step, message: `${peer.id} had nothing to train on in step ${step}` })
    return null
  }
  const progress = (done: number) =>
    emit({ type: 'progress', phase: 'update', step, peer: peer.id, done, total: sequences.length })
  progress(0)
  const report = await peer.update({
    sequences,
    loss: {
      lossType: config.lossType,
      importanceSamplingLevel: config.importanceSamplingLevel,
      epsilon: config.epsilon,
      epsilonHigh: config.epsilonHigh,
      beta: config.beta,
      temperature: config.temperature,
      maxCompletionLength: Math.max(...config.trainStages.map((stage) => task.maxNewTokens[stage])),
    },
    learningRate,
    maxGradNorm: config.maxGradNorm,
    adamBeta1: config.adamBeta1,
    adamBeta2: config.adamBeta2,
    adamEpsilon: config.adamEpsilon,
    weightDecay: config.weightDecay,
  })
  progress(sequences.length)
  return report
}

/** The discussion of the step's first question: rollout 0 of every peer. */
export function exchangeOf(peers: readonly Peer[], step: StepRecord): Exchange {
  const texts = (peer: number) =>
    STAGES.map((stage) => {
      const { prompts, completions, rewards, advantages } = step.stages[stage]
      const reward = rewards[peer][0]
      return {
        stage,
        prompt: prompts[peer][0],
        text: completions[peer][0].text,
        reward,
        calibratedReward: advantages?.calibrated(peer, 0, 0) ?? reward.total,
        advantage: advantages?.advantage(peer, 0, 0) ?? 0,
      }
    })
  return {
    question: step.questions[0],
    mode: step.modes[0],
    judgement: Object.fromEntries(peers.map(({ id }, i) => [id, step.judgements[i][0]])),
    peers: Object.fromEntries(peers.map(({ id }, i) => [id, texts(i)])),
  }
}
