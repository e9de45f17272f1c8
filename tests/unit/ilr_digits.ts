import { Stream } from '../../src/random'
import { ownQuestion } from '../../src/tasks/own_question'
import type { Question, Reward, Split, Task } from '../../src/tasks/task'

/** Questions "<n>?" whose answer is n mod 10; n mod 7 decides the split, so that a prompt tells its split. */
export const SPLITS: readonly Split[] = ['train', 'validation', 'heldout', 'ood']
const MODULUS = 7

/** Returns all questions in a text. */
export function numbersOf(text: string): number[] {
  return [...text.matchAll(/(\d+)\?/g)].map((match) => Number(match[1]))
}
export function numberOf(text: string): number {
  return numbersOf(text)[0] ?? Number.NaN
}
export function splitOfNumber(number: number): Split {
  return SPLITS[number % MODULUS]
}
export function splitOfPrompt(prompt: string): Split {
  return splitOfNumber(numberOf(prompt))
}
export function questionOf(number: number): Question {
  return {
    id: `n${number}`,
    text: `${number}?`,
    answer: String(number % 10),
    skill: number % 2 === 0 ? 'even' : 'odd',
    level: 1 + (number % 3),
    steps: [],
  }
}

/** A task with synchronous rewards. */
export interface DigitTask extends Task {
  reward(question: Question, completion: string): Reward
  analysisReward(discussion: Parameters<Task['analysisReward']>[0], completion: string): Reward
}

/** The reward is graded: a larger wrong digit earns more, an unreadable answer nothing. */
export const digitTask: DigitTask = {
  name: 'digits',
  skills: ['even', 'odd'],
  prompts: {
    share: 'share {question}',
    idea: '{label}={idea}',
    analyze: { cooperate: 'analyze {question} cooperate', compete: 'analyze {question} compete' },
    fuse: { cooperate: 'fuse {question} cooperate', compete: 'fuse {question} compete' },
    debate: 'debate {question}',
  },
  maxNewTokens: (stage, peers) => ({ share: 8, analyze: 4 + peers, fuse: 10 })[stage],
  questions(split, key, n) {
    const stream = new Stream(key)
    const seen = new Set<number>()
    while (seen.size < n) seen.add(MODULUS * stream.int(0, 3000) + SPLITS.indexOf(split))
    return [...seen].map(questionOf)
  },
  ownQuestion: (text, answer) =>
    ownQuestion(text, answer, { isReadable: (digit) => /^\d$/.test(digit), wanted: 'a digit' }),
  sharePrompt: ({ text }) => `share ${text}`,
  analyzePrompt: ({ question, mode, own, others }) =>
    `analyze ${question.text} ${mode} own=${own} others=${others.join(',')}`,
  fusePrompt: ({ question, mode, own, others, analysis }) =>
    `fuse ${question.text} ${mode} own=${own} others=${others.join(',')} analysis=${analysis}`,
  debatePrompt: ({ question, own, others }) =>
    `debate ${question.text} own=${own} others=${others.join(',')}`,
  reward({ answer }, completion) {
    const given = digitTask.answerOf(completion)
    const correct = given === answer
    const total = correct ? 1 : given === null ? 0 : 0.1 + 0.03 * Number(given)
    return { total, correct, parts: { correct: Number(correct), format: Number(given !== null) } }
  },
  analysisReward(_, completion) {
    const total = (completion.charCodeAt(0) % 5) / 4
    return { total, correct: total === 1, parts: { correct: Number(total === 1), format: 1 } }
  },
  answerOf: (completion) => /#(\d)/.exec(completion)?.[1] ?? null,
}
