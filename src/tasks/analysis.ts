import { ideaLabel } from './prompts'
import { canonicalStep, isRight, recompute, type Step, stepsIn, writeStep } from './solution'
import type { Mode } from './task'

/** One checked step of an idea. */
export interface StepReview {
  /** The step as the idea states it. */
  readonly step: Step
  /** The value of its left side. */
  readonly recomputed: number
  /** Whether the step belongs to a right solution, with the result that the idea states. */
  readonly right: boolean
}

/** An analysis of one idea. */
export interface IdeaReview {
  /** `Mine`, `Theirs`, `Theirs 2` … */
  readonly label: string
  readonly steps: readonly StepReview[]
  /** Verdict on the whole idea. */
  readonly right: boolean
}

/**
 * Order of review, as indices into [own, ...others]: own idea first when cooperating, last when competing.
 */
export function reviewOrder(mode: Mode, ideas: number): number[] {
  const others = Array.from({ length: ideas - 1 }, (_, i) => i + 1)
  return mode === 'cooperate' ? [0, ...others] : [...others, 0]
}

/**
 * Returns the true review of ideas ([own, ...others], completions as written). A step is right where the
 * right solution has it. When competing, a review ends at the first wrong step, which is enough to refute the
 * idea.
 */
export function trueReviews(
  ideas: readonly string[],
  solution: { readonly steps: readonly string[]; readonly answer: string },
  mode: Mode,
): IdeaReview[] {
  return reviewOrder(mode, ideas.length).map((index) => ({
    ...stepReview(ideaLabel(index), ideas[index], solution.steps, mode),
    right: isRight(ideas[index], solution.answer),
  }))
}

/** Reviews the steps of one idea, given all right steps. */
export function stepReview(
  label: string,
  idea: string,
  rightSteps: readonly string[],
  mode: Mode,
): Pick<IdeaReview, 'label' | 'steps'> {
  const known = new Set(stepsIn(rightSteps.join(' ')).map(canonicalStep))
  const marked = stepsIn(idea).map((step) => ({
    step,
    recomputed: recompute(step),
    right: known.has(canonicalStep(step)),
  }))
  const firstWrong = marked.findIndex(({ right }) => !right)
  return { label, steps: mode === 'compete' && firstWrong >= 0 ? marked.slice(0, firstWrong + 1) : marked }
}

const word = (right: boolean) => (right ? 'right' : 'wrong')

/** Writes a step as `9+5=13 (14) wrong`: the step as stated, its recomputed result, and the mark. */
export function writeStepReview({ step, recomputed, right }: StepReview): string {
  return `${writeStep(step)} (${recomputed}) ${word(right)}`
}

/** Writes `Mine: 9+5=13 (14) wrong. Theirs: 9-5=4 (4) right. Verdict: mine wrong, theirs right.` */
export function writeAnalysis(reviews: readonly IdeaReview[]): string {
  const looked = reviews.map(({ label, steps }) => `${label}: ${steps.map(writeStepReview).join(', ')}. `)
  const verdicts = reviews.map(({ label, right }) => `${label.toLowerCase()} ${word(right)}`)
  return `${looked.join('')}Verdict: ${verdicts.join(', ')}.`
}

/** Reads an analysis. Returns null unless it has the fixed form, with these labels in this order. */
export function readAnalysis(text: string, labels: readonly string[]): IdeaReview[] | null {
  const [looked, verdictText, ...more] = text.trim().split(/Verdict: /)
  if (verdictText === undefined || more.length > 0) return null
  const verdicts = verdictText.replace(/\.$/, '').split(', ')
  const parts = looked.trimEnd().split(/\. ?(?=[A-Z]|$)/)
  if (verdicts.length !== labels.length || parts.length !== labels.length + 1) return null
  const reviews: IdeaReview[] = []
  for (const [i, label] of labels.entries()) {
    const verdict = /^(.*) (right|wrong)$/.exec(verdicts[i])
    if (verdict?.[1] !== label.toLowerCase() || !parts[i].startsWith(`${label}: `)) return null
    const steps: StepReview[] = []
    const written = parts[i].slice(label.length + 2)
    for (const item of written === '' ? [] : written.split(', ')) {
      const marked = /^\d+[+\-*]\d+=-?\d+ \((-?\d+)\) (right|wrong)$/.exec(item)
      if (marked === null) return null
      steps.push({ step: stepsIn(item)[0], recomputed: Number(marked[1]), right: marked[2] === 'right' })
    }
    reviews.push({ label, steps, right: verdict[2] === 'right' })
  }
  return reviews
}

/**
 * Whether an analysis of ideas ([own, ...others]) quotes a step that the idea does not have, such as
 * `29-9=20 (20) right` about an idea that says `29-9=14`. Null where the text does not have the fixed form.
 */
export function misquotes(text: string, ideas: readonly string[], mode: Mode): boolean | null {
  const order = reviewOrder(mode, ideas.length)
  const reviews = readAnalysis(text, order.map(ideaLabel))
  if (reviews === null) return null
  return reviews.some(({ steps }, i) => {
    const stated = new Set(stepsIn(ideas[order[i]]).map(writeStep))
    return steps.some(({ step }) => !stated.has(writeStep(step)))
  })
}
