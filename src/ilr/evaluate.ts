import type { RunConfig } from '../config/config'
import type { Completion, Peer } from '../model/peer'
import { deriveKey, type Key } from '../random'
import { mean, sum } from '../report/averages'
import type { Question, Stage, Task } from '../tasks/task'
import type { Abilities, Progress, RunEvent, Scores } from './events'
import { judgeQuestions, type RankedAmong } from './interaction/mode'
import {
  type DiscussionBatch,
  discussionPrompts,
  discussionsOf,
  greedyBatch,
  groupOf,
  sharePrompts,
  withAnalyses,
  writeStage,
} from './step/idea3'
import { EVALUATION, OUT_OF_DISTRIBUTION, StepKeys } from './step/keys'
import { answerReward, areRight, rewardsOf } from './step/rewards'
import { maxNewTokensOf, wordingOf } from './step/wording'

/** Questions per call. The run can pause or stop between two calls. */
const BATCH = 128
/** Samples per peer and question at the run's temperature. */
const SAMPLES = 4

export interface EvalSetting {
  readonly config: RunConfig
  readonly task: Task
  readonly peers: readonly Peer[]
  readonly runKey: Key
  /** Methods measured beside the greedy solo answer. */
  readonly methods: ReadonlySet<RunConfig['evalMethods'][number]>
  emit(event: RunEvent): void
  turn(): Promise<void>
}

type Measured = Omit<Scores, 'seconds'>

/** Questions of one call each, with every peer's greedy ideas about them. */
interface AnsweredBatch {
  readonly batch: DiscussionBatch
  /** [peer][question]. */
  readonly ideas: readonly (readonly Completion[])[]
  progress(peer: string): void
}

/** Results on a batch of questions, [peer][question] except `vote`. */
interface BatchResult {
  readonly solo: boolean[][]
  readonly readings: Readonly<Record<string, boolean>>[][]
  readonly idea3: boolean[][]
  readonly debate: boolean[][]
  /** Share of right samples per question. */
  readonly sampled: number[][]
  readonly vote: boolean[]
}

/**
 * Measures accuracy on held-out questions, the same at every evaluation of a run: the greedy solo answer and
 * `methods`. The exchange and the debate start from that greedy answer. Modes are chosen as in training: a
 * question's difficulty is its rank among all questions of the test.
 */
export async function evaluate(
  setting: EvalSetting,
  questions: readonly Question[],
  state: Progress,
): Promise<Measured> {
  const { config, peers, methods, task, emit, runKey, turn } = setting
  const nothing = () => peers.map(() => [])
  const all: BatchResult = {
    solo: nothing(),
    readings: nothing(),
    idea3: nothing(),
    debate: nothing(),
    sampled: nothing(),
    vote: [],
  }
  const answered: AnsweredBatch[] = []
  for (let start = 0; start < questions.length; start += BATCH) {
    // Keys count questions from the start of the whole set, so the batch size changes nothing.
    const keys = new StepKeys(runKey, EVALUATION, start)
    const batch = greedyBatch({ config, peers, task, keys }, questions.slice(start, start + BATCH))
    const progress = (peer: string) =>
      emit({
        type: 'progress',
        phase: 'eval',
        step: state.step,
        peer,
        done: start,
        total: questions.length,
      })
    await turn()
    answered.push({
      batch,
      ideas: await writeStage(batch, 'share', sharePrompts(batch), { progress }),
      progress,
    })
  }
  const among = { questions, ideas: peers.map((_, i) => answered.flatMap(({ ideas }) => ideas[i])) }
  for (const part of answered) {
    const found = await onBatch(setting, part, among, state.ability)
    for (const name of ['solo', 'idea3', 'debate'] as const)
      peers.forEach((_, i) => {
        all[name][i].push(...found[name][i])
      })
    peers.forEach((_, i) => {
      all.readings[i].push(...found.readings[i])
      all.sampled[i].push(...found.sampled[i])
    })
    all.vote.push(...found.vote)
  }
  const perPeer = <T>(value: (peer: number) => T) =>
    Object.fromEntries(peers.map(({ id }, i) => [id, value(i)]))
  const accuracies = (right: readonly (readonly boolean[])[]) => perPeer((i) => mean(right[i].map(Number)))
  return {
    step: state.step,
    solo: accuracies(all.solo),
    skills: perPeer((i) => bySkill(questions, all.solo[i].map(Number))),
    ...(setting.task.readings && { readings: perPeer((i) => byReading(all.readings[i])) }),
    ...(methods.has('idea3') && { idea3: accuracies(all.idea3) }),
    ...(methods.has('debate') && { debate: accuracies(all.debate) }),
    ...(methods.has('sampled') && { sampled: perPeer((i) => bySkill(questions, all.sampled[i])) }),
    ...(methods.has('vote') && { vote: mean(all.vote.map(Number)) }),
    ...(methods.has('ood') && { ood: await outOfDistribution(setting) }),
    n: questions.length,
    trainedTokens: state.trainedTokens,
    generatedTokens: state.generatedTokens,
  }
}

async function onBatch(
  setting: EvalSetting,
  { batch, ideas, progress }: AnsweredBatch,
  among: RankedAmong,
  ability: Abilities,
): Promise<BatchResult> {
  const { config, methods, task, peers, turn } = setting
  const { questions } = batch
  const write = async (stage: Stage, prompts: readonly (readonly string[])[]) => {
    await turn()
    return writeStage(batch, stage, prompts, { progress })
  }
  const right = async (completions: readonly (readonly Completion[])[]) =>
    areRight(await rewardsOf(config, completions, answerReward(task, questions, 1)))
  const none = peers.map(() => [])
  const solo = await right(ideas)
  const readings = ideas.map((answers) =>
    answers.map(({ text }, q) => task.readings?.(questions[q], text) ?? {}),
  )
  let idea3: boolean[][] = none
  if (methods.has('idea3')) {
    const { modes } = await judgeQuestions(config, batch, ideas, ability, solo, among)
    const discussions = discussionsOf(batch, modes, ideas)
    const analyses = await write('analyze', discussionPrompts(batch, 'analyze', discussions))
    const fused = discussionPrompts(batch, 'fuse', withAnalyses(discussions, analyses))
    idea3 = await right(await write('fuse', fused))
  }
  let debate: boolean[][] = none
  if (methods.has('debate')) {
    const cooperating = questions.map(() => 'cooperate' as const)
    const discussions = discussionsOf(batch, cooperating, ideas)
    debate = await right(await write('fuse', discussionPrompts(batch, 'debate', discussions)))
  }
  if (!methods.has('sampled') && !methods.has('vote'))
    return { solo, readings, idea3, debate, sampled: none, vote: [] }
  await turn()
  return { solo, readings, idea3, debate, ...(await sample(setting, batch, progress)) }
}

/**
 * Samples solo answers at the run's temperature. Returns each peer's share of right ones, and whether the
 * most frequent answer of all peers is right.
 */
async function sample(
  { config, task, peers }: EvalSetting,
  { questions, keys }: DiscussionBatch,
  progress: (peer: string) => void,
): Promise<Pick<BatchResult, 'sampled' | 'vote'>> {
  const completions = await Promise.all(
    peers.map(async (peer, i) => {
      const answers = await peer.generate({
        samples: questions.flatMap((question, q) => {
          const prompt = wordingOf(task, peer).sharePrompt(question)
          return Array.from({ length: SAMPLES }, (_, k) => ({ prompt, key: keys.vote(i, q, k) }))
        }),
        temperature: config.temperature,
        maxNewTokens: maxNewTokensOf(config, task, peer, 'share'),
      })
      progress(peer.id)
      return answers
    }),
  )
  const rewards = await rewardsOf(config, completions, answerReward(task, questions, SAMPLES))
  const of = <T>(rows: readonly T[], q: number) => groupOf(rows, q, SAMPLES)
  const sampled = rewards.map((rows) =>
    questions.map((_, q) => mean(of(rows, q).map(({ correct }) => Number(correct)))),
  )
  const vote = questions.map((_, q) => {
    const voters = completions.flatMap((rows) => of(rows, q))
    const elected = majority(task, voters)
    return elected !== null && rewards.flatMap((rows) => of(rows, q))[elected].correct
  })
  return { sampled, vote }
}

/** Measures greedy solo accuracy on the task's hardest questions. */
async function outOfDistribution({ config, task, peers, runKey, turn }: EvalSetting) {
  const keys = new StepKeys(runKey, OUT_OF_DISTRIBUTION)
  const questions = task.questions('ood', deriveKey(keys.questions(), 1), config.evalSize)
  await turn()
  const batch = greedyBatch({ config, peers, task, keys }, questions)
  const answers = await writeStage(batch, 'share', sharePrompts(batch), { progress: () => undefined })
  const rewards = await rewardsOf(config, answers, answerReward(task, questions, 1))
  return Object.fromEntries(
    peers.map(({ id }, i) => [id, mean(rewards[i].map(({ correct }) => Number(correct)))]),
  )
}

function bySkill(questions: readonly Question[], values: readonly number[]): Record<string, number> {
  const skills = [...new Set(questions.map(({ skill }) => skill))].sort()
  return Object.fromEntries(
    skills.map((skill) => [skill, mean(values.filter((_, q) => questions[q].skill === skill))]),
  )
}

function byReading(answers: readonly Readonly<Record<string, boolean>>[]): Record<string, number> {
  const names = [...new Set(answers.flatMap(Object.keys))].sort()
  const of = (name: string) =>
    answers.flatMap((answer) => (Object.hasOwn(answer, name) ? [answer[name]] : []))
  return Object.fromEntries(names.map((name) => [name, mean(of(name).map(Number))]))
}

/**
 * Returns the index of a completion with the most frequent readable answer, or null where no answer can be
 * read. Ties go to the answer with the larger sum of mean logprobs, then to the earlier one.
 */
export function majority(task: Task, completions: readonly Completion[]): number | null {
  const votes = new Map<string, { first: number; count: number; sureness: number }>()
  completions.forEach(({ text, logprobs }, index) => {
    const answer = task.answerOf(text)
    if (answer === null) return
    const sureness = sum(logprobs) / Math.max(1, logprobs.length)
    const vote = votes.get(answer)
    if (!vote) votes.set(answer, { first: index, count: 1, sureness })
    else {
      vote.count++
      vote.sureness += sureness
    }
  })
  let elected: { first: number; count: number; sureness: number } | null = null
  for (const vote of votes.values())
    if (
      !elected ||
      vote.count > elected.count ||
      (vote.count === elected.count && vote.sureness > elected.sureness)
    )
      elected = vote
  return elected?.first ?? null
}
