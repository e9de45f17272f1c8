import { ColloquyError } from '../errors'
import { deriveKey, type Key, Stream } from '../random'
import { misquotes, readAnalysis, reviewOrder, trueReviews, writeStepReview } from './analysis'
import { ownQuestion, type ReadableAnswer } from './own_question'
import { ideaLabel, renderPrompts } from './prompts'
import { parseRational } from './rational'
import {
  type Draft,
  draftQuestion,
  HALVES_SKILLS,
  LEVELS,
  OOD_LEVEL,
  readingsOf,
  type SkillName,
  WORD_PROBLEM_SKILLS,
} from './skills'
import { canonicalStep, finalAnswer, isRight, stepsIn } from './solution'
import {
  type Discussion,
  gradedReward,
  type Question,
  type Reward,
  type Split,
  type Stage,
  sharedPart,
  type Task,
  type Wording,
} from './task'
import { wordProblemPrompts } from './word_problems.prompts'
import { wordProblemPromptsInWords } from './word_problems_in_words.prompts'

const CONTENT_KEY: Key = [0x776f7264, 0x70726f62]
const MAX_DRAWS = 10_000

function contentBits(content: string): Key {
  return deriveKey(CONTENT_KEY, ...Array.from(content, (letter) => letter.codePointAt(0) ?? 0))
}

/**
 * Decides a question's split by its skill and numbers alone: 70 % train, 10 % validation, 20 % held-out. So a
 * held-out question differs from every training question in more than names. All questions of `OOD_LEVEL` are
 * out of distribution.
 */
export function splitOf(skill: string, level: number, operands: readonly number[]): Split {
  if (level === OOD_LEVEL) return 'ood'
  const tenth = contentBits(`${skill} ${operands.join(' ')}`)[0] % 10
  if (tenth < 7) return 'train'
  return tenth === 7 ? 'validation' : 'heldout'
}

/** Draws a question of a skill, level and split. The same stream state gives the same question. */
export function drawQuestion(skill: SkillName, level: number, split: Split, stream: Stream): Question {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const draft = draftQuestion(skill, level, stream)
    if (splitOf(skill, level, draft.operands) === split) return nameQuestion(skill, level, draft)
  }
  throw new ColloquyError({
    code: 'task',
    what: `questions of skill ${skill}, level ${level}, split ${split}`,
    found: `none in ${MAX_DRAWS} draws`,
    wanted: 'at least one',
    todo: 'Widen the range of numbers of this level',
  })
}

function nameQuestion(skill: SkillName, level: number, draft: Draft): Question {
  const [high, low] = contentBits(draft.text)
  const digits = (bits: number) => bits.toString(16).padStart(8, '0')
  return {
    id: `${skill}-${digits(high)}${digits(low)}`,
    text: draft.text,
    answer: String(draft.answer),
    skill,
    level,
    steps: draft.steps,
  }
}

/**
 * Returns n questions with different ids. Skills and levels take turns, starting at a place that the key
 * decides.
 */
function questions(skills: readonly SkillName[], split: Split, key: Key, n: number): Question[] {
  const levels = split === 'ood' ? [OOD_LEVEL] : LEVELS
  const start = new Stream(deriveKey(key, 0x7374)).int(0, skills.length * levels.length - 1)
  const seen = new Set<string>()
  const found: Question[] = []
  for (let draw = 0; found.length < n; draw++) {
    if (draw >= n + MAX_DRAWS)
      throw new ColloquyError({
        code: 'task',
        what: `${split} questions`,
        found: `${found.length} different ones`,
        wanted: String(n),
        todo: 'Ask for fewer questions',
      })
    const turn = start + found.length
    const skill = skills[turn % skills.length]
    const level = levels[Math.floor(turn / skills.length) % levels.length]
    const question = drawQuestion(skill, level, split, new Stream(deriveKey(key, 0x7175, draw)))
    if (seen.has(question.id)) continue
    seen.add(question.id)
    found.push(question)
  }
  return found
}

/**
 * Rewards 1 for a right answer. Otherwise 0.1 for a well-formed one, plus 0.3 times the share of right steps.
 */
function reward(question: Question, completion: string): Reward {
  const answer = finalAnswer(completion)
  const wellFormed = answer !== null && parseRational(answer) !== null
  const wanted = new Set(stepsIn(question.steps.join(' ')).map(canonicalStep))
  const written = new Set(stepsIn(completion).map(canonicalStep))
  return gradedReward(isRight(completion, question.answer), wellFormed ? 1 : 0, sharedPart(wanted, written))
}

/**
 * Tells which readings are right: the completion has the step that the reading leads to. A question's first
 * steps are those of its readings, in order.
 */
function readings({ skill, steps }: Question, completion: string): Record<string, boolean> {
  const written = new Set(stepsIn(completion).map(canonicalStep))
  const wanted = stepsIn(steps.join(' ')).map(canonicalStep)
  return Object.fromEntries(readingsOf(skill).map((reading, i) => [reading, written.has(wanted[i])]))
}

/**
 * Rewards 1 if every verdict is right. Otherwise 0.1 for the fixed form, plus 0.3 times the share of steps
 * that are recomputed and marked correctly.
 */
function analysisReward({ question, mode, own, others }: Discussion, completion: string): Reward {
  const ideas = [own, ...others]
  const wanted = trueReviews(ideas, question, mode)
  const labels = reviewOrder(mode, ideas.length).map(ideaLabel)
  const found = readAnalysis(completion, labels)
  if (found === null) return gradedReward(false, 0, 0)
  const correct = found.every((review, i) => review.right === wanted[i].right)
  const marks = (reviews: typeof wanted) =>
    reviews.flatMap(({ label, steps }) => steps.map((step) => `${label} ${writeStepReview(step)}`))
  const wantedMarks = marks(wanted)
  const foundMarks = marks(found)
  const agreed = wantedMarks.filter((mark) => foundMarks.includes(mark)).length
  const share = agreed / Math.max(wantedMarks.length, foundMarks.length, 1)
  return gradedReward(correct, 1, share)
}

/** Positions of the embedded peers. A fused answer must fit after question, ideas and analysis. */
const POSITIONS = 320

/** Maximum new tokens of a stage. An analysis covers the steps of every idea, as far as there is room. */
function tokenLimit(stage: Stage, steps: number, ideas: number): number {
  const idea = 8 + 12 * steps
  if (stage !== 'analyze') return idea
  const room = POSITIONS - 50 - ideas * (idea + 2) - idea
  return Math.min(12 + ideas * (6 + 20 * steps), room)
}

/** Maximum new tokens for models that answer in sentences. */
const TOKENS_IN_WORDS = 256

const inWords: Wording = {
  prompts: wordProblemPromptsInWords,
  ...renderPrompts(wordProblemPromptsInWords),
  maxNewTokens: () => TOKENS_IN_WORDS,
}

const NUMBERS: ReadableAnswer = {
  isReadable: (answer) => parseRational(answer) !== null,
  wanted: 'a number, such as 12',
}

/** A task whose rewards are synchronous. */
export interface WordProblemTask extends Task {
  readonly skills: readonly SkillName[]
  reward(question: Question, completion: string): Reward
  analysisReward(discussion: Discussion, completion: string): Reward
}

/** Returns a task for embedded peers without its analyses. Solutions have at most `steps` steps. */
export function wordProblemTask(
  name: string,
  skills: readonly SkillName[],
  steps: number,
): Omit<WordProblemTask, 'analysisReward'> {
  return {
    name,
    skills,
    prompts: wordProblemPrompts,
    ...renderPrompts(wordProblemPrompts),
    questions: (split, key, n) => questions(skills, split, key, n),
    // One line, as in the peers' prompts.
    ownQuestion: (text, answer) => ownQuestion(text.replace(/\s+/g, ' '), answer, NUMBERS),
    reward,
    ...(skills.some((skill) => readingsOf(skill).length > 1) && { readings }),
    answerOf: finalAnswer,
    maxNewTokens: (stage, peers) => tokenLimit(stage, steps, peers),
  }
}

/** The parts of a task whose analyses quote each step and recompute it. */
const quoting = {
  analysisReward,
  misquotes: ({ own, others, mode }: Discussion, completion: string) =>
    misquotes(completion, [own, ...others], mode),
  instructed: inWords,
}

/** English word problems of two steps, over five skills and three levels, generated from a seed. */
export const wordProblems: WordProblemTask = {
  ...wordProblemTask('word-problems', WORD_PROBLEM_SKILLS, 2),
  ...quoting,
}

/**
 * Word problems that need two readings. Each of two peers lacks one of them, so every idea is half right at
 * best.
 */
export const halves: WordProblemTask = {
  ...wordProblemTask('halves', HALVES_SKILLS, 3),
  ...quoting,
}
