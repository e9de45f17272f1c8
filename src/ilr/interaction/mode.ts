/** Dynamic Interaction (arXiv 2509.26306): whether the peers cooperate or compete on a question. */

import type { RunConfig } from '../../config/config'
import { exp } from '../../exact_math'
import type { Completion, Peer } from '../../model/peer'
import { type Key, Stream } from '../../random'
import { mean } from '../../report/averages'
import type { Mode, Question } from '../../tasks/task'
import type { Abilities, Judgements } from '../events'
import { type DiscussionBatch, groupOf } from '../step/idea3'
import { confidenceJudge } from './confidence_judge'
import type { DifficultyJudge } from './difficulty'
import { promptJudge } from './prompt_judge'

/** One peer's judgement of one question. All in [0, 1]. */
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
  /** [question]. */
  readonly modes: readonly Mode[]
  /** [peer][question]. */
  readonly judgements: readonly (readonly Judgement[])[]
  /** Number of judges' answers that could not be read. */
  readonly unread: number
  /** Tokens sampled only for the judgements. */
  readonly judgeTokens: number
}

/** The judgements of a method without interaction. */
export function notJudged(peers: number): Judged {
  return { modes: [], judgements: Array.from({ length: peers }, () => []), unread: 0, judgeTokens: 0 }
}

/** Questions to rank among, with as many ideas for each as the judged questions have, decoded alike. */
export interface RankedAmong {
  readonly questions: readonly Question[]
  /** [peer][row]; rows as in a batch. */
  readonly ideas: readonly (readonly Completion[])[]
}

/**
 * Judges how hard each peer finds each question from its ideas, how probably it solves the question, and
 * which mode follows.
 * @param ideas [peer][row] of `batch`
 * @param right whether each idea is right; only the `oracle` looks at it
 * @param among what the questions are ranked among; default: the batch's own questions
 */
export async function judgeQuestions(
  config: RunConfig,
  batch: DiscussionBatch,
  ideas: readonly (readonly Completion[])[],
  ability: Abilities,
  right: readonly (readonly boolean[])[],
  among: RankedAmong = { questions: batch.questions, ideas },
): Promise<Judged> {
  const { task, peers, questions, slots, rollouts, keys } = batch
  const answersOf = (asked: readonly Question[], rows: readonly Completion[]) => ({
    questions: asked,
    answers: asked.map((_, q) => groupOf(rows, q, rollouts)),
  })
  const difficulties = await Promise.all(
    peers.map((peer, index) =>
      JUDGES[config.difficultyJudge]({
        ...answersOf(questions, ideas[index]),
        peer,
        index,
        task,
        slots,
        others: answersOf(among.questions, among.ideas[index]),
        k: config.difficultyReferences,
        keys,
      }),
    ),
  )
  const judgements = peers.map(({ id }, i) => difficulties[i].map(({ value }) => judge(ability[id], value)))
  const all = difficulties.flat()
  return {
    modes: questions.map((_, q) =>
      chooseMode(
        config,
        judgements.map((own) => own[q]),
        right.map((rows) => groupOf(rows, q, rollouts)),
        keys.mode(slots[q]),
      ),
    ),
    judgements,
    unread: all.filter(({ read }) => !read).length,
    judgeTokens: all.reduce((sum, { tokens }) => sum + tokens, 0),
  }
}

/**
 * Chooses the mode of one question: cooperate where the peers' mean P is below 0.5, or as a control says. The
 * oracle competes where some peer has most of its own ideas right, so that one idea can be kept whole, and
 * cooperates where no peer has.
 * @param right [peer][rollout]: whether the peer's ideas about the question are right
 */
export function chooseMode(
  { interaction, cooperateProbability }: Pick<RunConfig, 'interaction' | 'cooperateProbability'>,
  judgements: readonly Judgement[],
  right: readonly (readonly boolean[])[],
  key: Key,
): Mode {
  switch (interaction) {
    case 'cooperate':
    case 'compete':
      return interaction
    case 'random':
      return new Stream(key).uniform() < cooperateProbability ? 'cooperate' : 'compete'
    case 'dynamic':
      return isHard(judgements) ? 'cooperate' : 'compete'
    case 'inverse':
      return isHard(judgements) ? 'compete' : 'cooperate'
    case 'oracle':
      return right.some(isMostlyRight) ? 'compete' : 'cooperate'
  }
}

function isHard(judgements: readonly Judgement[]): boolean {
  return mean(judgements.map(({ p }) => p)) < 0.5
}

function isMostlyRight(ideas: readonly boolean[]): boolean {
  return 2 * ideas.filter(Boolean).length > ideas.length
}

/**
 * Returns each peer's judgement of a question by id; empty for methods without interaction. `judgements` are
 * [peer][question].
 */
export function judgementsOn(
  peers: readonly Pick<Peer, 'id'>[],
  judgements: readonly (readonly Judgement[])[],
  question: number,
): Judgements {
  return Object.fromEntries(
    peers.flatMap(({ id }, i) => (question < judgements[i].length ? [[id, judgements[i][question]]] : [])),
  )
}

/** Returns whether some peers alone would cooperate and others compete. */
export function disagree(judgements: readonly Judgement[]): boolean {
  const cooperating = judgements.filter(({ p }) => p < 0.5).length
  return cooperating > 0 && cooperating < judgements.length
}
