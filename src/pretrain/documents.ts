import type { Stream } from '../random'
import { ideaLabel, reviewOrder, stepReview, trueReviews, writeAnalysis } from '../tasks/analysis'
import { LEVELS, SKILLS } from '../tasks/skills'
import { isRight, recompute, type Step, writeSolution, writeStep } from '../tasks/solution'
import type { Discussion, Mode, Question } from '../tasks/task'
import { CUES, drawQuestion, wordProblems } from '../tasks/word_problems'
import { miscount, misreading, rightIdea, slip } from './ideas'
import type { PeerProfile } from './profiles'

/** Tokens and how much predicting each of them counts; prompts count 0. */
export interface Document {
  readonly ids: number[]
  readonly weights: number[]
}

/** What the corpus needs of a tokenizer. */
export interface TextEncoder {
  ids(text: string): number[]
  readonly endId: number
  /** `right` and `wrong`. */
  readonly verdictIds: ReadonlySet<number>
  /** What a result follows: the equals sign of a step, and the bracket of its recalculation. */
  readonly resultMarks: ReadonlySet<number>
  readonly digitIds: ReadonlySet<number>
}

const RESULT_WEIGHT = 2
const VERDICT_WEIGHT = 4
const EQUATIONS = 8

class DocumentWriter {
  readonly ids: number[] = []
  readonly weights: number[] = []
  constructor(private readonly encoder: TextEncoder) {}

  prompt(text: string): this {
    for (const id of this.encoder.ids(text)) this.push(id, 0)
    return this
  }
  /** Text to learn. Results and verdicts count more: the rest is form or copying. */
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
  /** Only the digits after each equals sign are learned. */
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

/** Dense arithmetic: eight right equations, only their results are learned. */
export function equationDrill(encoder: TextEncoder, stream: Stream): Document {
  const lines = Array.from({ length: EQUATIONS }, () => writeStep(randomStep(stream)))
  return new DocumentWriter(encoder).results(`${lines.join('. ')}. `).end()
}

/** Copying by name: two solutions of no question in particular, a verdict, and the one it names. */
export function copyDrill(encoder: TextEncoder, stream: Stream): Document {
  const idea = () => {
    const steps = Array.from({ length: stream.int(1, 2) }, () => randomStep(stream))
    return writeSolution(steps.map(writeStep), String(steps[steps.length - 1].result))
  }
  const [own, theirs] = [idea(), idea()]
  const mode = stream.pick<Mode>(['cooperate', 'compete'])
  const ownRight = stream.uniform() < 0.5
  const verdicts = [`mine ${ownRight ? 'right' : 'wrong'}`, `theirs ${ownRight ? 'wrong' : 'right'}`]
  if (mode === 'compete') verdicts.reverse()
  const prompt = `Mine: ${own}\nTheirs: ${theirs}\n${CUES.analyze[mode]}\nVerdict: ${verdicts.join(', ')}.\n${CUES.fuse[mode]}\n`
  return new DocumentWriter(encoder)
    .prompt(prompt)
    .completion(ownRight ? own : theirs)
    .end()
}

/** Checking sums: two solutions of no question in particular, some results off, each worked out anew. */
export function checkDrill(encoder: TextEncoder, stream: Stream): Document {
  const ideas = [0, 1].map(() =>
    Array.from({ length: stream.int(1, 2) }, () => {
      const step = randomStep(stream)
      return stream.uniform() < 0.6 ? step : miscount(step, stream)
    }),
  )
  const mode = stream.pick<Mode>(['cooperate', 'compete'])
  const texts = ideas.map((steps) =>
    writeSolution(steps.map(writeStep), String(steps[steps.length - 1].result)),
  )
  const reviews = reviewOrder(mode, 2).map((index) => {
    const rightSteps = ideas[index].map((step) => writeStep({ ...step, result: recompute(step) }))
    const right = ideas[index].every((step) => step.result === recompute(step))
    return { ...stepReview(ideaLabel(index), texts[index], rightSteps, mode), right }
  })
  const prompt = `Mine: ${texts[0]}\nTheirs: ${texts[1]}\n${CUES.analyze[mode]}\n`
  return new DocumentWriter(encoder).prompt(prompt).completion(writeAnalysis(reviews)).end()
}

function trainQuestion(stream: Stream): Question {
  return drawQuestion(stream.pick(SKILLS), stream.pick(LEVELS), 'train', stream)
}

const lacks = (profile: PeerProfile, { skill }: Question) =>
  profile.missing.some((missing) => missing === skill)

/** A question and the peer's own answer: right, or its wrong reading where it lacks the skill. */
export function soloDocument(profile: PeerProfile, encoder: TextEncoder, stream: Stream): Document {
  const question = trainQuestion(stream)
  const answer = lacks(profile, question) ? misreading(question) : rightIdea(question)
  return new DocumentWriter(encoder).prompt(wordProblems.sharePrompt(question)).completion(answer).end()
}

/** An idea as this peer, or one like it that has learned a little, may bring it to a discussion. */
function ideaOf(profile: PeerProfile, question: Question, stream: Stream): string {
  const draw = stream.uniform()
  if (lacks(profile, question)) {
    if (draw < 0.7) return misreading(question)
    return draw < 0.87 ? rightIdea(question) : slip(question, stream)
  }
  if (draw < 0.5) return rightIdea(question)
  return draw < 0.88 ? slip(question, stream) : misreading(question)
}

/** What fusing should come to: one's own idea if right, else another's, else a new try at one's best. */
function fusedAnswer(profile: PeerProfile, { question, own, others }: Discussion): string {
  const right = [own, ...others].find((idea) => isRight(idea, question.answer))
  if (right !== undefined) return right
  return lacks(profile, question) ? misreading(question) : rightIdea(question)
}

/**
 * One discussion from ideas to fused answer; `analysisOnly` ends it after the analysis, which is where
 * the peer learns to stop there.
 */
export function discussionDocument(
  profile: PeerProfile,
  partner: PeerProfile,
  encoder: TextEncoder,
  stream: Stream,
  analysisOnly: boolean,
): Document {
  const question = trainQuestion(stream)
  const mode = stream.pick<Mode>(['cooperate', 'compete'])
  const own = ideaOf(profile, question, stream)
  const discussion = { question, mode, own, others: [ideaOf(partner, question, stream)] }
  const analysis = writeAnalysis(trueReviews([own, ...discussion.others], question, mode))
  const writer = new DocumentWriter(encoder)
    .prompt(wordProblems.analyzePrompt(discussion))
    .completion(analysis)
  if (analysisOnly) return writer.end()
  return writer.prompt(`\n${CUES.fuse[mode]}\n`).completion(fusedAnswer(profile, discussion)).end()
}
