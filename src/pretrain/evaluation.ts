import type { ReadFile } from '../model/import/folder_files'
import { loadLocalPeer } from '../model/local_peer'
import type { Peer } from '../model/peer'
import { deriveKey, Stream, seedKey } from '../random'
import { readingsOf } from '../tasks/skills'
import { isRight } from '../tasks/solution'
import type { Discussion, Question } from '../tasks/task'
import type { WordProblemTask } from '../tasks/word_problems'
import { lacks, misreading, rightIdea, slip } from './ideas'
import type { FolderFiles } from './model_folder'
import { type PeerProfile, partnersOf } from './profiles'

/** Shares in [0, 1], over all questions and per skill. */
export interface Accuracy {
  readonly all: number
  readonly skills: Readonly<Record<string, number>>
}

/** Results of discussions with one kind of ideas beside the peer's own. */
export interface DiscussionFigures {
  /** Description of those ideas: `a right idea`, `a wrong idea`, `bo’s idea`, `bo’s and cy’s ideas`. */
  readonly beside: string
  /** Share of analyses whose verdicts on all ideas are right. */
  readonly verdicts: Accuracy
  readonly fused: Accuracy
}

export interface Evaluation {
  readonly questions: number
  readonly solo: Accuracy
  readonly discussions: readonly DiscussionFigures[]
}

/** Key of the held-out questions that measure all peers. */
const EVALUATION_KEY = deriveKey(seedKey(0), 0x6576616c)

/** Measures the greedy accuracy of a peer in a folder, alone and in discussions, on n held-out questions. */
export async function evaluate(files: FolderFiles, profile: PeerProfile, n: number): Promise<Evaluation> {
  const read: ReadFile = async (path) => files.get(path) ?? null
  const peer = await loadLocalPeer({
    id: profile.id,
    source: `models/${profile.id}`,
    read,
    backend: 'wasm',
    loraRank: 1,
    loraAlpha: 1,
    seed: 0,
    threads: 1,
  })
  const { task, missing } = profile
  try {
    const questions = task.questions('heldout', EVALUATION_KEY, n)
    const prompts = questions.map(task.sharePrompt)
    const own = await answers(peer, prompts, task.maxNewTokens('share', 2))
    const stream = new Stream(deriveKey(EVALUATION_KEY, 1))
    const wrong = (question: Question) =>
      stream.uniform() < 0.5
        ? misreading(question, lacks(missing, question) ? missing : readingsOf(question.skill))
        : slip(question, stream)
    const table = { peer, task, questions, own }
    const discussions = [
      await discuss(table, 'a right idea', [rightIdea]),
      await discuss(table, 'a wrong idea', [wrong]),
    ]
    const partners = partnersOf(profile)
    const sayings = partners.map((partner) => (question: Question) => misreading(question, partner.missing))
    for (const [i, { id }] of partners.entries())
      discussions.push(await discuss(table, `${id}’s idea`, [sayings[i]]))
    if (partners.length > 1) {
      const names = partners.map(({ id }) => `${id}’s`).join(' and ')
      discussions.push(await discuss(table, `${names} ideas`, sayings))
    }
    const solo = accuracy(table, (question, i) => isRight(own[i], question.answer))
    return { questions: n, solo, discussions }
  } finally {
    await peer.close()
  }
}

interface Table {
  readonly peer: Peer
  readonly task: WordProblemTask
  readonly questions: readonly Question[]
  readonly own: readonly string[]
}

/** Runs the stages analyze and fuse with given ideas, cooperating and competing in turn. */
async function discuss(
  table: Table,
  beside: string,
  ideasOf: readonly ((question: Question) => string)[],
): Promise<DiscussionFigures> {
  const { peer, task, questions, own } = table
  const discussions = questions.map(
    (question, i): Discussion => ({
      question,
      mode: i % 2 === 0 ? 'cooperate' : 'compete',
      own: own[i],
      others: ideasOf.map((ideaOf) => ideaOf(question)),
    }),
  )
  const peers = 1 + ideasOf.length
  const analyses = await answers(
    peer,
    discussions.map(task.analyzePrompt),
    task.maxNewTokens('analyze', peers),
  )
  const prompts = discussions.map((discussion, i) =>
    task.fusePrompt({ ...discussion, analysis: analyses[i] }),
  )
  const fused = await answers(peer, prompts, task.maxNewTokens('fuse', peers))
  return {
    beside,
    verdicts: accuracy(table, (_, i) => task.analysisReward(discussions[i], analyses[i]).correct),
    fused: accuracy(table, (question, i) => isRight(fused[i], question.answer)),
  }
}

async function answers(peer: Peer, prompts: readonly string[], maxNewTokens: number): Promise<string[]> {
  const completions = await peer.generate({
    samples: prompts.map((prompt, i) => ({ prompt, key: deriveKey(EVALUATION_KEY, 2, i) })),
    temperature: 0,
    maxNewTokens,
  })
  return completions.map(({ text }) => text)
}

function accuracy(
  { task, questions }: Table,
  right: (question: Question, index: number) => boolean,
): Accuracy {
  const flags = questions.map(right)
  const share = (chosen: readonly boolean[]) => chosen.filter(Boolean).length / Math.max(1, chosen.length)
  const ofSkill = (skill: string) => flags.filter((_, i) => questions[i].skill === skill)
  return {
    all: share(flags),
    skills: Object.fromEntries(task.skills.map((skill) => [skill, share(ofSkill(skill))])),
  }
}
