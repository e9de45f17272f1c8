import { exp } from '../exact_math'
import type { Completion, Peer } from '../model/peer'
import { type Key, Stream } from '../random'
import type { RunConfig } from '../runs/config'
import type { Mode, Question } from '../tasks/task'
import { confidenceJudge } from './confidence_judge'
import type { DifficultyJudge, JudgeView } from './difficulty'
import type { Judgements, Standing } from './events'
import type { Table } from './idea3'
import { promptJudge } from './prompt_judge'

/** What one peer makes of one question. All in [0, 1]. */
export interface Judgement {
  readonly ability: number
  readonly difficulty: number
  /** The probability that the peer solves it. */
  readonly p: number
}

const JUDGES: Readonly<Record<RunConfig['difficultyJudge'], DifficultyJudge>> = {
  confidence: confidenceJudge,
  prompt: promptJudge,
}

/** P = 1 / (1 + exp(-1.7 (ability - difficulty))): one-parameter logistic, arXiv 2509.26306. */
export function judge(ability: number, difficulty: number): Judgement {
  return { ability, difficulty, p: 1 / (1 + exp(-1.7 * (ability - difficulty))) }
}

export interface Judged {
  /** [peer][question]. */
  readonly judgements: readonly (readonly Judgement[])[]
  /** How many of the judges' answers could not be read. */
  readonly unread: number
  /** Tokens that were sampled for nothing but the judgements. */
  readonly judgeTokens: number
}

/** What all peers make of the questions. */
export async function judgeAll(
  config: RunConfig,
  views: readonly JudgeView[],
  ability: Readonly<Record<string, number>>,
): Promise<Judged> {
  const difficulties = await Promise.all(views.map(JUDGES[config.difficultyJudge]))
  return {
    judgements: views.map(({ peer }, i) =>
      difficulties[i].map(({ value }) => judge(ability[peer.id], value)),
    ),
    unread: difficulties.flat().filter(({ read }) => !read).length,
    judgeTokens: difficulties.flat().reduce((sum, { tokens }) => sum + tokens, 0),
  }
}

/** One mode per question: cooperate where the peers' mean P is below 0.5, or what a baseline says. */
export function chooseMode(
  { interaction, cooperateProbability }: Pick<RunConfig, 'interaction' | 'cooperateProbability'>,
  judgements: readonly Judgement[],
  key: Key,
): Mode {
  switch (interaction) {
    case 'cooperate':
    case 'compete':
      return interaction
    case 'random':
      return new Stream(key).uniform() < cooperateProbability ? 'cooperate' : 'compete'
    case 'dynamic':
      return judgements.reduce((sum, { p }) => sum + p, 0) / judgements.length < 0.5 ? 'cooperate' : 'compete'
  }
}

/**
 * Modes as in training of questions that every peer has answered once, greedily. Since one answer cannot disagree with itself, it is ranked
 * among greedy ones.
 * @param ideas those answers, [peer][question]
 * @returns [question], and judgements [peer][question]
 */
export async function greedyModes(
  config: RunConfig,
  { task, peers, questions, slots, keys }: Table,
  ideas: readonly (readonly Completion[])[],
  { ability, references }: Standing,
  validation: readonly Question[],
): Promise<{ modes: Mode[]; judgements: Judged['judgements'] }> {
  const views = peers.map((peer, index) => ({
    peer,
    index,
    task,
    questions,
    slots,
    answers: ideas[index].map((idea) => [idea]),
    answered: 'greedy' as const,
    references: references[peer.id],
    validation,
    k: config.difficultyReferences,
    keys,
  }))
  const { judgements } = await judgeAll(config, views, ability)
  const modes = questions.map((_, q) =>
    chooseMode(
      config,
      judgements.map((own) => own[q]),
      keys.mode(q),
    ),
  )
  return { modes, judgements }
}

/** What each peer makes of a question, by id; nothing where they do not interact. `judgements` are [peer][question]. */
export function judgementsOn(
  peers: readonly Pick<Peer, 'id'>[],
  judgements: readonly (readonly Judgement[])[],
  question: number,
): Judgements {
  return Object.fromEntries(
    peers.flatMap(({ id }, i) => (question < judgements[i].length ? [[id, judgements[i][question]]] : [])),
  )
}

/** Whether some peers alone would cooperate and others compete. */
export function disagree(judgements: readonly Judgement[]): boolean {
  const cooperating = judgements.filter(({ p }) => p < 0.5).length
  return cooperating > 0 && cooperating < judgements.length
}
