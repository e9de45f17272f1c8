import { loadLocalPeer } from '../model/local_peer'
import type { Peer } from '../model/peer'
import { deriveKey, Stream, seedKey } from '../random'
import { SKILLS } from '../tasks/skills'
import { isRight } from '../tasks/solution'
import type { Discussion, Question } from '../tasks/task'
import { wordProblems } from '../tasks/word_problems'
import { misreading, rightIdea, slip } from './ideas'
import type { FolderFiles } from './model_folder'
import type { PeerProfile } from './profiles'

/** Shares in [0, 1] over all questions and per skill. */
export interface Accuracy {
  readonly all: number
  readonly skills: Readonly<Record<string, number>>
}

/** One way to put an idea beside the peer's own, and what came of it. */
export interface DiscussionFigures {
  /** Analyses whose verdicts on both ideas are right. */
  readonly verdicts: Accuracy
  readonly fused: Accuracy
}

export interface Evaluation {
  readonly questions: number
  readonly solo: Accuracy
  /** Beside the right solution; beside a wrong one; beside what its partner would say. */
  readonly besideRight: DiscussionFigures
  readonly besideWrong: DiscussionFigures
  readonly besidePartner: DiscussionFigures
}

/** The key of the held-out questions on which all peers are measured. */
const EVALUATION_KEY = deriveKey(seedKey(0), 0x6576616c)

/** Greedy accuracy of a peer in a folder, alone and in discussions, on n held-out questions. */
export async function evaluate(
  files: FolderFiles,
  profile: PeerProfile,
  partner: PeerProfile,
  n: number,
): Promise<Evaluation> {
  const read = async (path: string) => {
    const bytes = files.get(path)
    if (bytes === undefined) throw new RangeError(`${path} is not in the folder`)
    return bytes
  }
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
  try {
    const questions = wordProblems.questions('heldout', EVALUATION_KEY, n)
    const own = await answers(peer, questions.map(wordProblems.sharePrompt), 'share')
    const stream = new Stream(deriveKey(EVALUATION_KEY, 1))
    const wrong = (question: Question) =>
      stream.uniform() < 0.5 ? misreading(question) : slip(question, stream)
    const partners = (question: Question) =>
      partner.missing.some((skill) => skill === question.skill) ? misreading(question) : rightIdea(question)
    return {
      questions: n,
      solo: accuracy(questions, (question, i) => isRight(own[i], question.answer)),
      besideRight: await discuss(peer, questions, own, rightIdea),
      besideWrong: await discuss(peer, questions, own, wrong),
      besidePartner: await discuss(peer, questions, own, partners),
    }
  } finally {
    await peer.close()
  }
}

/** Stages analyze and fuse beside a given idea, cooperating and competing in turn. */
async function discuss(
  peer: Peer,
  questions: readonly Question[],
  own: readonly string[],
  ideaOf: (question: Question) => string,
): Promise<DiscussionFigures> {
  const discussions = questions.map(
    (question, i): Discussion => ({
      question,
      mode: i % 2 === 0 ? 'cooperate' : 'compete',
      own: own[i],
      others: [ideaOf(question)],
    }),
  )
  const analyses = await answers(peer, discussions.map(wordProblems.analyzePrompt), 'analyze')
  const prompts = discussions.map((discussion, i) =>
    wordProblems.fusePrompt({ ...discussion, analysis: analyses[i] }),
  )
  const fused = await answers(peer, prompts, 'fuse')
  return {
    verdicts: accuracy(questions, (_, i) => wordProblems.analysisReward(discussions[i], analyses[i]).correct),
    fused: accuracy(questions, (question, i) => isRight(fused[i], question.answer)),
  }
}

async function answers(
  peer: Peer,
  prompts: readonly string[],
  stage: 'share' | 'analyze' | 'fuse',
): Promise<string[]> {
  const completions = await peer.generate({
    samples: prompts.map((prompt, i) => ({ prompt, key: deriveKey(EVALUATION_KEY, 2, i) })),
    temperature: 0,
    maxNewTokens: wordProblems.maxNewTokens[stage],
  })
  return completions.map(({ text }) => text)
}

function accuracy(
  questions: readonly Question[],
  right: (question: Question, index: number) => boolean,
): Accuracy {
  const flags = questions.map(right)
  const share = (chosen: readonly boolean[]) => chosen.filter(Boolean).length / Math.max(1, chosen.length)
  const ofSkill = (skill: string) => flags.filter((_, i) => questions[i].skill === skill)
  return {
    all: share(flags),
    skills: Object.fromEntries(SKILLS.map((skill) => [skill, share(ofSkill(skill))])),
  }
}
