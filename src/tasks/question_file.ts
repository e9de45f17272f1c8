import { ColloquyError } from '../errors'
import { deriveKey, type Key, Stream } from '../random'
import {
  canonicalAnswer,
  isNumber,
  isShort,
  MAX_ANSWER,
  readAnswer,
  sameAnswer,
  writtenAnswer,
} from './answers'
import { mathsPrompts } from './maths.prompts'
import { ownQuestion, type ReadableAnswer } from './own_question'
import { readVerdicts, renderPrompts } from './prompts'
import {
  type Discussion,
  gradedReward,
  type Question,
  type Reward,
  type Split,
  sharedPart,
  type Task,
  type Wording,
} from './task'
import { workedSteps } from './worked_steps'

/** Enough for a worked solution of a school problem, and for a brief analysis of a few solutions. */
const MAX_NEW_TOKENS = 256

const SPLIT_KEY: Key = [0x73706c69, 0x74716669]

export const questionFileWording: Wording = {
  prompts: mathsPrompts,
  ...renderPrompts(mathsPrompts),
  maxNewTokens: () => MAX_NEW_TOKENS,
}

/** With fewer questions, chance would leave a split almost empty. */
const SMALL_FILE = 100

type Splits = Readonly<Record<Split, readonly Question[]>>

/**
 * Splits the questions: 70 % train, 10 % validation, 20 % held-out. A question's id, so its words, decides its
 * split, and the rest of the file has no influence. A small file is ordered by the same numbers and cut at
 * exactly these shares, with one question or more in each part.
 */
function splitsOf(questions: readonly Question[]): Splits {
  const placed = questions
    .map((question) => ({ question, place: placeOf(question) }))
    .sort((a, b) => (a.question.id < b.question.id ? -1 : 1))
  const part = (of: typeof placed) => of.map(({ question }) => question)
  const tenths = (from: number, to: number) => {
    return part(placed.filter(({ place }) => place % 10 >= from && place % 10 < to))
  }
  if (placed.length >= SMALL_FILE)
    return { train: tenths(0, 7), validation: tenths(7, 8), heldout: tenths(8, 10), ood: [] }
  placed.sort((a, b) => a.place - b.place)
  const [tested, checked] = [0.2, 0.1].map((share) => Math.max(1, Math.round(share * placed.length)))
  return {
    heldout: part(placed.slice(0, tested)),
    validation: part(placed.slice(tested, tested + checked)),
    train: part(placed.slice(tested + checked)),
    ood: [],
  }
}

function placeOf({ id }: Question): number {
  const letters = Array.from(id, (letter) => letter.codePointAt(0) ?? 0)
  return deriveKey(SPLIT_KEY, ...letters)[0]
}

function isRight(question: Question, completion: string): boolean {
  const found = writtenAnswer(completion)
  return found !== null && sameAnswer(found, question.answer)
}

/**
 * Rewards 1 for a right answer. Otherwise 0.1 for a readable one, plus 0.3 times the share of the worked
 * solution's steps.
 */
function reward(question: Question, completion: string): Reward {
  const found = readAnswer(completion)
  const readable = found !== null && (isNumber(found) || !isNumber(canonicalAnswer(question.answer)))
  const share = sharedPart(new Set(question.steps), new Set(workedSteps(completion)))
  return gradedReward(isRight(question, completion), readable ? 1 : 0, share)
}

/** Rewards 1 if every verdict is right, and 0.1 if each idea at least has one. */
function analysisReward({ question, own, others }: Discussion, completion: string): Reward {
  const ideas = [own, ...others]
  const found = readVerdicts(completion, ideas.length)
  if (found === null) return gradedReward(false, 0, 0)
  const allRight = ideas.every((idea, i) => found[i] === isRight(question, idea))
  return gradedReward(allRight, 1, 0)
}

const SHORT_ANSWERS: ReadableAnswer = {
  isReadable: (answer) => isShort(answer) && canonicalAnswer(answer) !== '',
  wanted: `a number, or a formula of at most ${MAX_ANSWER} characters`,
}

/**
 * Makes a task of a file's questions (`readQuestions`), with prompts for instructed models. Each call of
 * `questions` draws without repetition. The draw depends on the key and on the file's questions, not on the
 * order of its rows. `questions` throws ColloquyError `task` where a split has fewer than n questions; `ood`
 * has none.
 */
export function questionFileTask(name: string, questions: readonly Question[]): Task {
  const splits = splitsOf(questions)
  return {
    name,
    sizes: {
      train: splits.train.length,
      validation: splits.validation.length,
      heldout: splits.heldout.length,
      ood: 0,
    },
    skills: [...new Set(questions.map(({ skill }) => skill))],
    ...questionFileWording,
    questions(split, key, n) {
      const pool = splits[split]
      if (n > pool.length) throw tooFew(name, split, n, splits)
      return new Stream(deriveKey(key, 0x7175)).shuffle(pool).slice(0, n)
    },
    reward,
    analysisReward,
    ownQuestion: (text, answer) => ownQuestion(text, answer, SHORT_ANSWERS),
    answerOf: (completion) => readAnswer(completion),
  }
}

function tooFew(name: string, split: Split, n: number, splits: Splits): ColloquyError {
  const { train, validation, heldout } = splits
  return new ColloquyError({
    code: 'task',
    what: `${split} questions of ${name}`,
    found: `${splits[split].length} (${train.length} train, ${validation.length} validation, ${heldout.length} held-out)`,
    wanted: String(n),
    todo:
      split === 'ood'
        ? 'Ask for another split: a question file has no out-of-distribution questions'
        : 'Ask for fewer questions or give a longer file',
  })
}
