import { readVerdicts } from '../prompts'
import { type Discussion, gradedReward, type Question, type Reward, type Task } from '../task'
import { CODE_TOPICS } from './code_family'
import { type CodeJudge, sameValue } from './code_judge'
import { codeQuestions, readChecks } from './code_questions'
import { codeWording } from './code_wording'

const BLOCK = /```(?:js|javascript)\s([\s\S]*?)```/gi

/** Returns the source in the last JavaScript block of a completion; null where there is none. */
export function lastBlock(completion: string): string | null {
  return [...completion.matchAll(BLOCK)].at(-1)?.[1] ?? null
}

/** Returns the source without its layout, to compare answers. Never run it: it may have lost line breaks. */
function answerOf(completion: string): string | null {
  return (
    lastBlock(completion)
      ?.trim()
      .replace(/\s+/g, ' ')
      .replace(/ ?([^\w$ ]) ?/g, '$1') ?? null
  )
}

/**
 * A task of small JavaScript functions, generated from a seed and judged by hidden unit tests. An answer that
 * hangs makes the judge restart and earns nothing. The caller opens the judge and closes it.
 */
export function codeTask(judge: CodeJudge): Task {
  /**
   * Rewards 1 if all tests pass. Otherwise 0.1 if the function loads, plus 0.3 times the share of passed
   * tests.
   */
  async function reward(question: Question, completion: string): Promise<Reward> {
    const { name, tests } = readChecks(question)
    const source = lastBlock(completion)
    if (source === null) return gradedReward(false, 0, 0)
    const { loaded, returned } = await judge.execute({ source, name, calls: tests.map(({ input }) => input) })
    const passed = tests.filter(({ expected }, i) => sameValue(expected, returned[i])).length
    return gradedReward(passed === tests.length, loaded ? 1 : 0, passed / tests.length)
  }

  /** All rollouts of a discussion judge the same ideas, so each idea is tested once. */
  const known = new WeakMap<Discussion, Promise<boolean[]>>()
  function truth(discussion: Discussion): Promise<boolean[]> {
    const { question, own, others } = discussion
    const found =
      known.get(discussion) ??
      Promise.all([own, ...others].map(async (idea) => (await reward(question, idea)).correct))
    known.set(discussion, found)
    return found
  }

  /**
   * Rewards 1 if every verdict is true. Otherwise 0.1 if each idea has a verdict, plus 0.3 times the share of
   * true ones.
   */
  async function analysisReward(discussion: Discussion, completion: string): Promise<Reward> {
    const wanted = await truth(discussion)
    const found = readVerdicts(completion, wanted.length)
    if (found === null) return gradedReward(false, 0, 0)
    const agreed = wanted.filter((right, i) => right === found[i]).length
    return gradedReward(agreed === wanted.length, 1, agreed / wanted.length)
  }

  return {
    name: 'code',
    skills: CODE_TOPICS,
    ...codeWording,
    questions: codeQuestions,
    reward,
    analysisReward,
    answerOf,
  }
}
