import { ColloquyError } from '../errors'
import { deriveKey, type Key, Stream } from '../random'
import { ideaLabel, readAnalysis, reviewOrder, trueReviews, writeStepReview } from './analysis'
import { parseRational } from './rational'
import { type Draft, draftQuestion, LEVELS, SKILLS, type SkillName } from './skills'
import { canonicalStep, finalAnswer, isRight, stepsIn } from './solution'
import type { Discussion, Mode, Question, Reward, Split, Stage, Task } from './task'

/** The lines that open each stage; the completion follows on the next line. */
export const CUES: Readonly<Record<Stage, Readonly<Record<Mode, string>>>> = {
  share: { cooperate: 'Answer:', compete: 'Answer:' },
  analyze: { cooperate: 'Check together:', compete: 'Find the mistake:' },
  fuse: { cooperate: 'Combine:', compete: 'Decide:' },
}

/** Reward of a wrong answer: for its form, and for the share of right steps in it. */
const FORMAT_REWARD = 0.1
const STEPS_REWARD = 0.3

const CONTENT_KEY: Key = [0x776f7264, 0x70726f62]
const MAX_DRAWS = 10_000

function contentBits(content: string): Key {
  return deriveKey(CONTENT_KEY, ...Array.from(content, (letter) => letter.codePointAt(0) ?? 0))
}

/**
 * The split of a question follows from its skill and its numbers alone, so a held-out question differs
 * from every training question in more than names: 70 % train, 10 % validation, 20 % held-out.
 */
export function splitOf(skill: string, operands: readonly number[]): Split {
  const tenth = contentBits(`${skill} ${operands.join(' ')}`)[0] % 10
  if (tenth < 7) return 'train'
  return tenth === 7 ? 'validation' : 'heldout'
}

/** A question of a skill, level and split. The same stream state gives the same question. */
export function drawQuestion(skill: SkillName, level: number, split: Split, stream: Stream): Question {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const draft = draftQuestion(skill, level, stream)
    if (splitOf(skill, draft.operands) === split) return nameQuestion(skill, level, draft)
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

/** n questions with different ids, skills and levels in turn from a place that the key decides. */
function questions(split: Split, key: Key, n: number): Question[] {
  const start = new Stream(deriveKey(key, 0x7374)).int(0, SKILLS.length * LEVELS.length - 1)
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
    const skill = SKILLS[turn % SKILLS.length]
    const level = LEVELS[Math.floor(turn / SKILLS.length) % LEVELS.length]
    const question = drawQuestion(skill, level, split, new Stream(deriveKey(key, 0x7175, draw)))
    if (seen.has(question.id)) continue
    seen.add(question.id)
    found.push(question)
  }
  return found
}

/** An idea or analysis as one line of a prompt. */
function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

function sharePrompt(question: Question): string {
  return `Question: ${question.text}\n${CUES.share.cooperate}\n`
}

function analyzePrompt({ question, mode, own, others }: Discussion): string {
  const ideas = [own, ...others].map((idea, i) => `${ideaLabel(i)}: ${oneLine(idea)}\n`)
  return `Question: ${question.text}\n${ideas.join('')}${CUES.analyze[mode]}\n`
}

/** The S2 prompt and its completion go before: the prompts of a discussion are one growing text. */
function fusePrompt(discussion: Discussion): string {
  const analysis = oneLine(discussion.analysis ?? '')
  return `${analyzePrompt(discussion)}${analysis}\n${CUES.fuse[discussion.mode]}\n`
}

function gradedReward(correct: boolean, format: number, steps: number): Reward {
  const total = correct ? 1 : FORMAT_REWARD * format + STEPS_REWARD * steps
  return { total, correct, parts: { correct: correct ? 1 : 0, format, steps } }
}

/** 1 where the answer is right; else 0.1 if well formed and 0.3 times the share of right steps. */
function reward(question: Question, completion: string): Reward {
  const answer = finalAnswer(completion)
  const wellFormed = answer !== null && parseRational(answer) !== null
  const wanted = new Set(stepsIn(question.steps.join(' ')).map(canonicalStep))
  const written = new Set(stepsIn(completion).map(canonicalStep))
  const right = [...wanted].filter((step) => written.has(step)).length
  // Steps beside the point count against the share, so that listing every sum one can think of does not pay.
  const share = right / Math.max(wanted.size, written.size, 1)
  return gradedReward(isRight(completion, question.answer), wellFormed ? 1 : 0, share)
}

/**
 * 1 where every verdict is right; else 0.1 if the analysis is in the fixed form and 0.3 times the share of
 * steps worked out and marked as they should be.
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

/** English word problems of two steps over five skills and three levels, generated from a seed. */
export const wordProblems: Task = {
  name: 'word-problems',
  skills: SKILLS,
  questions,
  sharePrompt,
  analyzePrompt,
  fusePrompt,
  reward,
  analysisReward,
  answerOf: finalAnswer,
  maxNewTokens: { share: 32, analyze: 104, fuse: 32 },
}
