/** What peers must be able to do before any training, for a study of modes to show anything. */

import { uncertainty } from '../ilr/interaction/confidence_judge'
import { auc, isMostlyWrong } from '../ilr/interaction/difficulty_auc'
import { groupOf } from '../ilr/step/idea3'
import type { Peer } from '../model/peer'
import { deriveKey, type Key, Stream, seedKey } from '../random'
import { readVerdicts } from '../tasks/prompts'
import { readingsOf } from '../tasks/skills'
import { canonicalStep, isRight, stepsIn } from '../tasks/solution'
import type { Discussion, Mode, Question, Stage } from '../tasks/task'
import type { WordProblemTask } from '../tasks/word_problems'
import { miscounted, rightIdea } from './ideas'

export interface GateOptions {
  /** Held-out questions. */
  readonly questions: number
  /** Ideas of each peer on a question, at T = 1. */
  readonly samples: number
  readonly seed: number
}

/** Whether fused answers are right, by mode; the lists are about the same discussions. */
export interface FusedRight {
  readonly cooperate: readonly boolean[]
  readonly compete: readonly boolean[]
}

/** What the gate finds about one peer. */
export interface PeerGate {
  readonly peer: string
  /** The peer whose ideas it reads beside its own on merge questions. */
  readonly partner: string
  /** By question, see `isMostlyWrong`. */
  readonly mostlyWrong: readonly boolean[]
  /** AUC of D, ranked among the questions, against `mostlyWrong`; null where one kind has fewer than ten questions. */
  readonly auc: number | null
  /** Both ideas are wrong, but each step before the last is right in one of them. The ideas are the peers' own. */
  readonly merge: FusedRight
  /** One idea is right and the other has one result off, carried on to its end; own and partner's in turn. */
  readonly duel: FusedRight
  /** Whether an analysis calls the partner's idea wrong, for each duel in which the partner has the slip. */
  readonly caught: FusedRight
  /** Whether an analysis quotes a step that the idea does not have; null where the task's analyses quote nothing. */
  readonly misquoted: readonly boolean[] | null
}

/** Peers of a discussion here. */
const PAIR = 2
const MODES: readonly Mode[] = ['cooperate', 'compete']
const GATE_KEY = deriveKey(seedKey(0), 0x67617465)

/** Measures untrained embedded peers on held-out questions. Each peer's partner is the next in the list. */
export async function measureGate(
  task: WordProblemTask,
  peers: readonly Peer[],
  options: GateOptions,
  onDone: (peer: string, part: 'ideas' | 'merge' | 'duel') => void,
): Promise<PeerGate[]> {
  const { samples } = options
  const key = deriveKey(GATE_KEY, options.seed)
  const questions = task.questions('heldout', key, options.questions)
  const ideas: Awaited<ReturnType<Peer['generate']>>[] = []
  for (const [i, peer] of peers.entries()) {
    const asked = questions.flatMap((question, q) =>
      Array.from({ length: samples }, (_, k) => ({
        prompt: task.sharePrompt(question),
        key: deriveKey(key, 1, i, q, k),
      })),
    )
    ideas.push(
      await peer.generate({
        samples: asked,
        temperature: 1,
        maxNewTokens: task.maxNewTokens('share', PAIR),
      }),
    )
    onDone(peer.id, 'ideas')
  }
  const found: PeerGate[] = []
  for (const [i, peer] of peers.entries()) {
    const other = (i + 1) % peers.length
    const texts = [i, other].map((p) => questions.map((_, q) => ideas[p][q * samples].text))
    const merging = mergeDiscussions(questions, texts[0], texts[1])
    const merge = await discussInBoth(task, peer, merging, key)
    onDone(peer.id, 'merge')
    const dueling = duelDiscussions(task, questions, deriveKey(key, 2))
    const duel = await discussInBoth(task, peer, dueling, key)
    onDone(peer.id, 'duel')
    // D is the rank of the uncertainty among these questions, so both have the same AUC.
    const uncertainties = questions.map((_, q) => uncertainty(task, groupOf(ideas[i], q, samples)))
    const mostlyWrong = questions.map(({ answer }, q) =>
      isMostlyWrong(groupOf(ideas[i], q, samples).map(({ text }) => isRight(text, answer))),
    )
    const calledWrong = (mode: Mode) =>
      duel[mode].flatMap(({ analysis }, q) =>
        isRight(dueling[q].own, dueling[q].question.answer)
          ? [readVerdicts(analysis, PAIR)?.[1] === false]
          : [],
      )
    const quoted = [...MODES.flatMap((mode) => merge[mode]), ...MODES.flatMap((mode) => duel[mode])]
    const misquoted = quoted
      .map(({ discussion, analysis }) => task.misquotes?.(discussion, analysis) ?? null)
      .filter((one) => one !== null)
    found.push({
      peer: peer.id,
      partner: peers[other].id,
      mostlyWrong,
      auc: areBoth(mostlyWrong) ? auc(uncertainties, mostlyWrong) : null,
      merge: fusedRight(merge),
      duel: fusedRight(duel),
      caught: { cooperate: calledWrong('cooperate'), compete: calledWrong('compete') },
      misquoted: task.misquotes ? misquoted : null,
    })
  }
  return found
}

/** Questions of each kind that an AUC needs to say anything. */
const FEWEST = 10

function areBoth(flags: readonly boolean[]): boolean {
  const set = flags.filter(Boolean).length
  return Math.min(set, flags.length - set) >= FEWEST
}

type Pair = Omit<Discussion, 'mode' | 'analysis'>

/** Returns the questions that no idea has right although the ideas together have every step before the last. */
export function mergeDiscussions(
  questions: readonly Question[],
  own: readonly string[],
  theirs: readonly string[],
): Pair[] {
  return questions.flatMap((question, q) => {
    const ideas = [own[q], theirs[q]]
    if (ideas.some((idea) => isRight(idea, question.answer))) return []
    const said = new Set(ideas.flatMap(stepsIn).map(canonicalStep))
    const parts = stepsIn(question.steps.slice(0, -1).join(' ')).map(canonicalStep)
    return parts.every((part) => said.has(part)) ? [{ question, own: own[q], others: [theirs[q]] }] : []
  })
}

/**
 * Returns a right idea and one with a slip on each question: the partner slips on the first, the peer itself on the
 * second, and so on. Where a task has questions with one reading, they alone are used: the others are for merging.
 */
export function duelDiscussions(
  task: Pick<WordProblemTask, 'skills'>,
  questions: readonly Question[],
  key: Key,
): Pair[] {
  const plain = (skill: string) => readingsOf(skill).length === 1
  const used = task.skills.some(plain) ? questions.filter(({ skill }) => plain(skill)) : questions
  return used.map((question, q) => {
    const right = rightIdea(question)
    const wrong = slipped(question, new Stream(deriveKey(key, q)))
    return q % 2 === 0 ? { question, own: right, others: [wrong] } : { question, own: wrong, others: [right] }
  })
}

/** Returns the right solution with a slip that changes the answer. */
function slipped(question: Question, stream: Stream): string {
  for (;;) {
    const idea = miscounted(rightIdea(question), stream)
    if (!isRight(idea, question.answer)) return idea
  }
}

interface Discussed {
  readonly discussion: Discussion
  readonly analysis: string
  readonly fused: string
}

/** Lets the peer analyze and fuse, greedily, in both modes. */
async function discussInBoth(
  task: WordProblemTask,
  peer: Peer,
  pairs: readonly Pair[],
  key: Key,
): Promise<Record<Mode, Discussed[]>> {
  const write = async (stage: Stage, prompts: readonly string[]) => {
    const completions = await peer.generate({
      samples: prompts.map((prompt, i) => ({ prompt, key: deriveKey(key, 3, i) })),
      temperature: 0,
      maxNewTokens: task.maxNewTokens(stage, PAIR),
    })
    return completions.map(({ text }) => text)
  }
  const discussIn = async (mode: Mode): Promise<Discussed[]> => {
    if (pairs.length === 0) return []
    const discussions = pairs.map((pair): Discussion => ({ ...pair, mode }))
    const analyses = await write('analyze', discussions.map(task.analyzePrompt))
    const fused = await write(
      'fuse',
      discussions.map((one, i) => task.fusePrompt({ ...one, analysis: analyses[i] })),
    )
    return discussions.map((discussion, i) => ({ discussion, analysis: analyses[i], fused: fused[i] }))
  }
  return { cooperate: await discussIn('cooperate'), compete: await discussIn('compete') }
}

function fusedRight(discussed: Record<Mode, readonly Discussed[]>): FusedRight {
  const right = (mode: Mode) =>
    discussed[mode].map(({ discussion, fused }) => isRight(fused, discussion.question.answer))
  return { cooperate: right('cooperate'), compete: right('compete') }
}
