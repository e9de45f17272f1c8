import type { Completion, Peer } from '../model/peer'
import type { Key } from '../random'
import type { RunConfig } from '../runs/config'
import type { Question, Task } from '../tasks/task'
import { difficulty, uncertainty } from './difficulty'
import type { RunEvent, RunState } from './events'
import { discussionsOf, type StageListener, sharePrompts, type Table, writeStage } from './idea3'
import { EVALUATION, StepKeys } from './keys'
import { chooseMode, judge } from './mode'

/** Questions per call: the run can pause or stop in between. */
const BATCH = 128

type Scores = Extract<RunEvent, { type: 'eval' }>

export interface EvalSetting {
  readonly config: RunConfig
  readonly task: Task
  readonly peers: readonly Peer[]
  readonly runKey: Key
  emit(event: RunEvent): void
  turn(): Promise<void>
}

/**
 * Greedy accuracy on the held-out questions, alone and after an Idea3 exchange. The solo answer is also the
 * exchange's S1; modes are chosen as in training, from the uncertainty of the one greedy answer.
 */
export async function evaluate(
  setting: EvalSetting,
  questions: readonly Question[],
  state: RunState,
): Promise<Scores> {
  const { peers, emit, turn } = setting
  const solo: boolean[][] = peers.map(() => [])
  const idea3: boolean[][] = peers.map(() => [])
  const total = questions.length * 3
  const done = peers.map(() => 0)
  for (let start = 0; start < questions.length; start += BATCH) {
    const batch = questions.slice(start, start + BATCH)
    const progress: StageListener['progress'] = (peer, written) => {
      const i = peers.findIndex(({ id }) => id === peer)
      done[i] += written
      emit({ type: 'progress', phase: 'eval', step: state.step, peer, done: done[i], total })
    }
    const answers = await discuss(setting, batch, start, state, { progress }, turn)
    peers.forEach((_, i) => {
      solo[i].push(...answers.solo[i])
      idea3[i].push(...answers.idea3[i])
    })
  }
  const perPeer = <T>(value: (peer: number) => T) =>
    Object.fromEntries(peers.map(({ id }, i) => [id, value(i)]))
  return {
    type: 'eval',
    step: state.step,
    solo: perPeer((i) => accuracy(solo[i])),
    idea3: perPeer((i) => accuracy(idea3[i])),
    skills: perPeer((i) => bySkill(questions, solo[i])),
    n: questions.length,
  }
}

async function discuss(
  { config, task, peers, runKey }: EvalSetting,
  questions: readonly Question[],
  offset: number,
  state: RunState,
  listener: StageListener,
  turn: () => Promise<void>,
): Promise<{ solo: boolean[][]; idea3: boolean[][] }> {
  // Keys count questions from the start of the whole set: the batch size then changes nothing.
  const keys = new StepKeys(runKey, EVALUATION, offset)
  const table: Table = { peers, task, questions, rollouts: 1, temperature: 0, keys }
  const right = (completions: readonly (readonly Completion[])[]) =>
    completions.map((rows) => rows.map(({ text }, q) => task.reward(questions[q], text).correct))
  const prompts = sharePrompts(table)
  await turn()
  const ideas = await writeStage(
    table,
    'share',
    peers.map(() => prompts),
    listener,
  )
  const modes = questions.map((_, q) => {
    const judgements = peers.map(({ id }, i) => {
      const value = uncertainty(task, [ideas[i][q]])
      const references = state.references[id].greedy
      return judge(
        state.ability[id],
        difficulty(value, references, config.difficultyReferences, keys.judge(i, q)),
      )
    })
    return chooseMode(config.interaction, judgements, keys.mode(q))
  })
  await turn()
  const heard = peers.map((_, i) => discussionsOf(table, i, modes, ideas))
  const analyses = await writeStage(
    table,
    'analyze',
    heard.map((rows) => rows.map((row) => task.analyzePrompt(row))),
    listener,
  )
  await turn()
  const weighed = peers.map((_, i) => discussionsOf(table, i, modes, ideas, analyses))
  const answers = await writeStage(
    table,
    'fuse',
    weighed.map((rows) => rows.map((row) => task.fusePrompt(row))),
    listener,
  )
  return { solo: right(ideas), idea3: right(answers) }
}

function accuracy(right: readonly boolean[]): number {
  return right.filter(Boolean).length / right.length
}

function bySkill(questions: readonly Question[], right: readonly boolean[]): Record<string, number> {
  const skills = [...new Set(questions.map(({ skill }) => skill))].sort()
  return Object.fromEntries(
    skills.map((skill) => [skill, accuracy(right.filter((_, q) => questions[q].skill === skill))]),
  )
}
