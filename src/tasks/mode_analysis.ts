/**
 * Analyses of `mixed`: each mode looks at one thing only. Cooperating, a peer marks the left side of every step: does
 * the problem call for this calculation? Competing, it solves the problem again and subtracts its answer from each
 * idea's: an idea is right where nothing is left. A small model learns a comparison as a subtraction; as a
 * mark beside two numbers it did not.
 */
import { reviewOrder } from './analysis'
import { ideaLabel } from './prompts'
import { canonicalStep, finalAnswer, recompute, type Step, stepsIn, writeCalculation } from './solution'
import type { Mode } from './task'

/** A marked step of an idea, or the difference of two answers. */
export interface StepMark {
  /** Left side, such as `29-9`. */
  readonly calculation: string
  /** The difference; null for a step. */
  readonly result: number | null
  readonly right: boolean
}

/** An idea as an analysis sees it. */
export interface MarkedIdea {
  /** `Mine`, `Theirs`, `Theirs 2` … */
  readonly label: string
  /** A mark for each step; when competing only one, and none for an idea without a whole number as its answer. */
  readonly marks: readonly StepMark[]
  /** Verdict on the whole idea. */
  readonly right: boolean
}

export interface ModeAnalysis {
  /** Solution that a competing peer works out itself; null when cooperating. */
  readonly solution: string | null
  readonly ideas: readonly MarkedIdea[]
}

/** Returns one form for steps that calculate the same, such as `7+12` and `12+7`, whatever results they state. */
function canonical(step: Step): string {
  return canonicalStep({ ...step, result: recompute(step) })
}

/** Whether two steps calculate the same, whatever results they state. */
export function sameCalculation(a: Step, b: Step): boolean {
  return canonical(a) === canonical(b)
}

/**
 * Returns the last step of the right solution with the results of `parts` in the place of the right ones, and its own
 * result worked out. Its result is NaN where a part is missing.
 */
export function joined(parts: readonly Step[], right: readonly Step[]): Step {
  const last = right[right.length - 1]
  const results = right.slice(0, -1).map(({ result }) => result)
  const stated = (place: number, number: number) => (place < 0 ? number : (parts[place]?.result ?? NaN))
  const step = {
    ...last,
    // Two parts may have equal results; the first one stands on the left.
    left: stated(results.indexOf(last.left), last.left),
    right: stated(results.lastIndexOf(last.right), last.right),
  }
  return { ...step, result: recompute(step) }
}

/**
 * Returns the calculations that the problem calls for in an idea. The idea's own results stand in the last one, so an
 * error counts once.
 */
function calledFor(idea: readonly Step[], right: readonly Step[]): ReadonlySet<string> {
  return new Set([...right.slice(0, -1), joined(idea, right)].map(canonical))
}

/** Returns the true marks of one idea's calculations. */
function trueMarks(idea: string, rightSteps: readonly string[]): StepMark[] {
  const steps = stepsIn(idea)
  const called = calledFor(steps, stepsIn(rightSteps.join(' ')))
  return steps.map((step) => ({
    calculation: writeCalculation(step),
    result: null,
    right: called.has(canonical(step)),
  }))
}

/** Returns the true analysis of ideas ([own, ...others]) when cooperating. */
export function markedCalculations(ideas: readonly string[], rightSteps: readonly string[]): ModeAnalysis {
  const marked = reviewOrder('cooperate', ideas.length).map((index) => {
    const marks = trueMarks(ideas[index], rightSteps)
    return { label: ideaLabel(index), marks, right: marks.every(({ right }) => right) }
  })
  return { solution: null, ideas: marked }
}

/** Returns the analysis of a competing peer that solves the problem like this. */
export function judgedByAnswer(ideas: readonly string[], solution: string): ModeAnalysis {
  const answer = wholeAnswer(solution)
  const judged = reviewOrder('compete', ideas.length).map((index) => {
    const stated = wholeAnswer(ideas[index])
    const marks: StepMark[] = []
    if (stated !== null && answer !== null) {
      const difference: Step = { left: stated, operator: '-', right: answer, result: stated - answer }
      marks.push({
        calculation: writeCalculation(difference),
        result: difference.result,
        right: stated === answer,
      })
    }
    return { label: ideaLabel(index), marks, right: marks.some(({ right }) => right) }
  })
  return { solution, ideas: judged }
}

function wholeAnswer(idea: string): number | null {
  const answer = finalAnswer(idea)
  return answer !== null && /^\d+$/.test(answer) ? Number(answer) : null
}

/** Whether a competing analysis subtracts from an answer that the idea ([own, ...others]) does not have. */
export function quotesAnotherAnswer({ ideas }: ModeAnalysis, texts: readonly string[]): boolean {
  return ideas.some(({ marks }, i) => {
    const stated = wholeAnswer(texts[reviewOrder('compete', texts.length)[i]])
    return marks.some(({ calculation }) => !calculation.startsWith(`${stated}-`))
  })
}

const word = (right: boolean) => (right ? 'right' : 'wrong')

/** Writes a mark: `29-9 right`, or `63-49=14 wrong`. */
export function writeMark({ calculation, result, right }: StepMark): string {
  return `${calculation}${result === null ? '' : `=${result}`} ${word(right)}`
}

/**
 * Writes `Mine: 29-9 right, 3+8 wrong. Theirs: 29+9 wrong, 3*8 right. Verdict: mine wrong, theirs wrong.` when
 * cooperating, `29-9=20. 29+20=49. #### 49. Theirs: 63-49=14 wrong. Mine: 49-49=0 right. Verdict: theirs wrong,
 * mine right.` when competing.
 */
export function writeModeAnalysis({ solution, ideas }: ModeAnalysis): string {
  const looked = ideas.map(({ label, marks }) => `${label}: ${marks.map(writeMark).join(', ')}. `)
  const verdicts = ideas.map(({ label, right }) => `${label.toLowerCase()} ${word(right)}`)
  const begin = solution === null ? '' : `${solution}. `
  return `${begin}${looked.join('')}Verdict: ${verdicts.join(', ')}.`
}

/** Reads an analysis. Returns null unless it has the form of the mode, with these labels in this order. */
export function readModeAnalysis(text: string, labels: readonly string[], mode: Mode): ModeAnalysis | null {
  const [looked, verdictText, ...more] = text.trim().split('Verdict: ')
  if (verdictText === undefined || more.length > 0) return null
  const verdicts = readVerdictsOn(labels, verdictText)
  if (verdicts === null) return null
  const from = mode === 'compete' ? looked.indexOf(`${labels[0]}: `) : 0
  const solution = mode === 'compete' ? looked.slice(0, Math.max(0, from)).trim().replace(/\.$/, '') : null
  if (solution !== null && finalAnswer(solution) === null) return null
  const ideas = readMarks(labels, looked.slice(from), mode)
  return (
    ideas && { solution, ideas: ideas.map((marks, i) => ({ label: labels[i], marks, right: verdicts[i] })) }
  )
}

function readVerdictsOn(labels: readonly string[], text: string): boolean[] | null {
  const verdicts = text.replace(/\.$/, '').split(', ')
  if (verdicts.length !== labels.length) return null
  const read = verdicts.map((verdict, i) => {
    const [, label, found] = /^(.*) (right|wrong)$/.exec(verdict) ?? []
    return label === labels[i].toLowerCase() ? found === 'right' : null
  })
  const known = read.filter((verdict) => verdict !== null)
  return known.length === read.length ? known : null
}

function readMarks(labels: readonly string[], text: string, mode: Mode): StepMark[][] | null {
  const parts = text.trimEnd().split(/\. ?(?=[A-Z]|$)/)
  if (parts.length !== labels.length + 1) return null
  const ideas: StepMark[][] = []
  for (const [i, label] of labels.entries()) {
    if (!parts[i].startsWith(`${label}: `)) return null
    const written = parts[i].slice(label.length + 2)
    const marks = (written === '' ? [] : written.split(', ')).map((item) => readMark(item, mode))
    const read = marks.filter((mark) => mark !== null)
    if (read.length < marks.length) return null
    ideas.push(read)
  }
  return ideas
}

function readMark(item: string, mode: Mode): StepMark | null {
  const [, calculation, result, verdict] = /^(\d+[+\-*]\d+)(?:=(-?\d+))? (right|wrong)$/.exec(item) ?? []
  if (calculation === undefined || (result !== undefined) !== (mode === 'compete')) return null
  return { calculation, result: result === undefined ? null : Number(result), right: verdict === 'right' }
}
