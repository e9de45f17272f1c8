import type { Stream } from '../random'
import { reviewOrder, stepReview, trueReviews, writeAnalysis } from '../tasks/analysis'
import { ideaLabel } from '../tasks/prompts'
import { LEVELS, readingsOf } from '../tasks/skills'
import {
  canonicalStep,
  isRight,
  recompute,
  type Step,
  stepsIn,
  writeSolution,
  writeStep,
} from '../tasks/solution'
import type { Discussion, Mode, Question } from '../tasks/task'
import { drawQuestion, wordProblems } from '../tasks/word_problems'
import { lacks, miscount, misreading, rightIdea, slip } from './ideas'
import { type PeerProfile, partnersOf } from './profiles'

/** Tokens of a document, and the weight of each in the loss; prompts have weight 0. */
export interface Document {
  readonly ids: number[]
  readonly weights: number[]
}

/** The parts of a tokenizer that the corpus needs. */
export interface TextEncoder {
  ids(text: string): number[]
  readonly endId: number
  /** Ids of `right` and `wrong`. */
  readonly verdictIds: ReadonlySet<number>
  /** Ids of the tokens before a result: the equals sign of a step, and the bracket of its recalculation. */
  readonly resultMarks: ReadonlySet<number>
  readonly digitIds: ReadonlySet<number>
}

const RESULT_WEIGHT = 2
const VERDICT_WEIGHT = 4
const EQUATIONS = 8
/** Share of discussions with all partners, where there are several. */
const CROWD = 0.3
/**
 * Share of discussions, for questions with two readings, with a peer that lacks the same reading and so
 * teaches nothing.
 */
const TWIN = 0.4

/** Writes a document; its prompts have weight 0. */
export class DocumentWriter {
  readonly ids: number[] = []
  readonly weights: number[] = []
  constructor(private readonly encoder: TextEncoder) {}

  prompt(text: string): this {
    for (const id of this.encoder.ids(text)) this.push(id, 0)
    return this
  }
  /** Adds text to learn. Results and verdicts have more weight, because the rest is form or copying. */
  completion(text: string): this {
    let inResult = false
    for (const id of this.encoder.ids(text)) {
      inResult = this.encoder.digitIds.has(id) && inResult
      const verdict = this.encoder.verdictIds.has(id)
      this.push(id, verdict ? VERDICT_WEIGHT : inResult ? RESULT_WEIGHT : 1)
      if (this.encoder.resultMarks.has(id)) inResult = true
    }
    return this
  }
  /** Adds text of which only the digits after each equals sign are learned. */
  results(text: string): this {
    let inResult = false
    for (const id of this.encoder.ids(text)) {
      inResult = this.encoder.digitIds.has(id) && inResult
      this.push(id, inResult ? RESULT_WEIGHT : 0)
      if (this.encoder.resultMarks.has(id)) inResult = true
    }
    return this
  }
  end(): Document {
    this.push(this.encoder.endId, 1)
    return { ids: this.ids, weights: this.weights }
  }
  private push(id: number, weight: number): void {
    this.ids.push(id)
    this.weights.push(weight)
  }
}

function randomStep(stream: Stream): Step {
  const kind = stream.uniform()
  const draw = (): [number, Step['operator'], number] => {
    if (kind < 0.4) return [stream.int(1, stream.pick([20, 40, 80, 120])), '+', stream.int(1, 40)]
    if (kind < 0.7) {
      const left = stream.int(2, stream.pick([20, 40, 80]))
      return [left, '-', stream.int(1, Math.min(left - 1, 40))]
    }
    return [stream.int(2, 12), '*', stream.int(2, 12)]
  }
  const [left, operator, right] = draw()
  const swap = operator === '+' && stream.uniform() < 0.3
  const step = { left: swap ? right : left, operator, right: swap ? left : right, result: 0 }
  return { ...step, result: recompute(step) }
}

/** Drills arithmetic: eight right equations, of which only the results are learned. */
export function equationDrill(encoder: TextEncoder, stream: Stream): Document {
  const lines = Array.from({ length: EQUATIONS }, () => writeStep(randomStep(stream)))
  return new DocumentWriter(encoder).results(`${lines.join('. ')}. `).end()
}

export const MODES: readonly Mode[] = ['cooperate', 'compete']
const NO_QUESTION: Question = { id: '', text: '', answer: '', skill: '', level: 1, steps: [] }

/** Returns the prompt of a drill: a discussion without a question. */
export function drillPrompt(stage: 'analyze' | 'fuse', discussion: Omit<Discussion, 'question'>): string {
  const about = { ...discussion, question: NO_QUESTION }
  const prompt = stage === 'analyze' ? wordProblems.analyzePrompt(about) : wordProblems.fusePrompt(about)
  return prompt.slice(wordProblems.sharePrompt(NO_QUESTION).indexOf('\n') + 1)
}

export function writeSteps(steps: readonly Step[]): string {
  return writeSolution(steps.map(writeStep), String(steps[steps.length - 1].result))
}

/** Drills copying by name: two solutions, a verdict, and the solution it calls right. */
export function copyDrill(encoder: TextEncoder, stream: Stream): Document {
  const idea = () => writeSteps(Array.from({ length: stream.int(1, 2) }, () => randomStep(stream)))
  const [own, theirs] = [idea(), idea()]
  const mode = stream.pick(MODES)
  const ownRight = stream.uniform() < 0.5
  const verdicts = [`mine ${ownRight ? 'right' : 'wrong'}`, `theirs ${ownRight ? 'wrong' : 'right'}`]
  if (mode === 'compete') verdicts.reverse()
  const analysis = `Verdict: ${verdicts.join(', ')}.`
  return new DocumentWriter(encoder)
    .prompt(drillPrompt('fuse', { mode, own, others: [theirs], analysis }))
    .completion(ownRight ? own : theirs)
    .end()
}

/**
 * Drills fusing by marks: two solutions, each of two parts and a sum; their marks; then the sum of the parts
 * marked right.
 */
export function mergeDrill(encoder: TextEncoder, stream: Stream): Document {
  const inParts = () => {
    const [x, y] = [randomStep(stream), randomStep(stream)]
    const sum = { left: x.result, operator: '+', right: y.result } as const
    return [x, y, { ...sum, result: sum.left + sum.right }]
  }
  const ideas = [inParts(), inParts()]
  const chosen = [ideas[stream.int(0, 1)][0], ideas[stream.int(0, 1)][1]]
  const result = chosen[0].result + chosen[1].result
  const fused = [
    ...chosen,
    { left: chosen[0].result, operator: '+' as const, right: chosen[1].result, result },
  ]
  const mode = stream.pick(MODES)
  const [own, theirs] = ideas.map(writeSteps)
  const solution = { steps: fused.map(writeStep), answer: String(result) }
  const analysis = writeAnalysis(trueReviews([own, theirs], solution, mode))
  return new DocumentWriter(encoder)
    .prompt(drillPrompt('fuse', { mode, own, others: [theirs], analysis }))
    .completion(writeSteps(fused))
    .end()
}

/** Drills checking: two solutions without a question, some with wrong results, each recomputed. */
export function checkDrill(encoder: TextEncoder, stream: Stream): Document {
  const ideas = [0, 1].map(() =>
    Array.from({ length: stream.int(1, 2) }, () => {
      const step = randomStep(stream)
      return stream.uniform() < 0.6 ? step : miscount(step, stream)
    }),
  )
  const mode = stream.pick(MODES)
  const texts = ideas.map(writeSteps)
  const reviews = reviewOrder(mode, 2).map((index) => {
    const rightSteps = ideas[index].map((step) => writeStep({ ...step, result: recompute(step) }))
    const right = ideas[index].every((step) => step.result === recompute(step))
    return { ...stepReview(ideaLabel(index), texts[index], rightSteps, mode), right }
  })
  return new DocumentWriter(encoder)
    .prompt(drillPrompt('analyze', { mode, own: texts[0], others: [texts[1]] }))
    .completion(writeAnalysis(reviews))
    .end()
}

export function trainQuestion({ task }: PeerProfile, stream: Stream): Question {
  return drawQuestion(stream.pick(task.skills), stream.pick(LEVELS), 'train', stream)
}

/** A question and the peer's own answer: the right one, or its misreading where it lacks a needed reading. */
export function soloDocument(profile: PeerProfile, encoder: TextEncoder, stream: Stream): Document {
  const question = trainQuestion(profile, stream)
  return new DocumentWriter(encoder)
    .prompt(profile.task.sharePrompt(question))
    .completion(misreading(question, profile.missing))
    .end()
}

/** Returns an idea that this peer, or one like it after some training, may bring to a discussion. */
function ideaOf(profile: PeerProfile, question: Question, stream: Stream): string {
  const draw = stream.uniform()
  if (lacks(profile.missing, question)) {
    // The peer lacks a reading in every question of `halves`, so a peer that learns brings right ideas to
    // most discussions.
    const [misread, right] = readingsOf(question.skill).length > 1 ? [0.55, 0.85] : [0.7, 0.87]
    if (draw < misread) return misreading(question, profile.missing)
    return draw < right ? rightIdea(question) : slip(question, stream)
  }
  if (draw < 0.5) return rightIdea(question)
  return draw < 0.88 ? slip(question, stream) : misreading(question, readingsOf(question.skill))
}

/**
 * Returns the target of fusing: the own idea if right, else another right idea. Otherwise a new try, with the
 * parts that some idea has right and the peer's best for the others. A part that no idea has right stays
 * misread, because the peer can recognise it but not produce it.
 */
function fusedAnswer(profile: PeerProfile, { question, own, others }: Discussion): string {
  const ideas = [own, ...others]
  const right = ideas.find((idea) => isRight(idea, question.answer))
  if (right !== undefined) return right
  const readings = readingsOf(question.skill)
  if (readings.length === 1) return misreading(question, profile.missing)
  const said = new Set(ideas.flatMap(stepsIn).map(canonicalStep))
  const parts = stepsIn(question.steps.join(' ')).map(canonicalStep)
  const unread = profile.missing.filter((reading) => !said.has(parts[readings.indexOf(reading)]))
  return misreading(question, unread)
}

/**
 * Extent of a discussion in a document. An `analysis` ends after the analysis, so the peer learns to stop
 * there.
 */
export type Extent = 'analysis' | 'whole' | 'debate'

/** Writes one discussion, from ideas to fused answer, with one or more partners. */
export function discussionDocument(
  profile: PeerProfile,
  encoder: TextEncoder,
  stream: Stream,
  extent: Extent,
): Document {
  const { task } = profile
  const question = trainQuestion(profile, stream)
  const mode = stream.pick(MODES)
  const twin = readingsOf(question.skill).length > 1 && stream.uniform() < TWIN
  const partners = twin ? [profile] : stream.shuffle(partnersOf(profile))
  const met = partners.slice(0, partners.length > 1 && stream.uniform() < CROWD ? partners.length : 1)
  const own = ideaOf(profile, question, stream)
  const others = met.map((partner) => ideaOf(partner, question, stream))
  const discussion = { question, mode, own, others }
  const writer = new DocumentWriter(encoder)
  const fused = fusedAnswer(profile, discussion)
  if (extent === 'debate') return writer.prompt(task.debatePrompt(discussion)).completion(fused).end()
  const analysis = writeAnalysis(trueReviews([own, ...others], question, mode))
  const asked = task.analyzePrompt(discussion)
  writer.prompt(asked).completion(analysis)
  if (extent === 'analysis') return writer.end()
  const cue = task.fusePrompt({ ...discussion, analysis }).slice(asked.length + analysis.length)
  return writer.prompt(cue).completion(fused).end()
}
