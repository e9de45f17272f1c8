/**
 * Analyses of `mixed`: each mode looks at one thing only, and nothing is quoted. Cooperating, a peer marks the left
 * side of every step: does the problem call for this calculation? Competing, it works every left side out
 * itself and marks whether the idea has the same result, up to the first error. A quoted result would nearly
 * always equal the one worked out, so nothing would force a small model to copy it.
 */
import { reviewOrder } from './analysis'
import { ideaLabel } from './prompts'
import { canonicalStep, recompute, type Step, stepsIn, writeCalculation } from './solution'
import type { Mode } from './task'

/** A marked step. */
export interface StepMark {
  /** Left side, such as `29-9`. */
  readonly calculation: string
  /** The result that the analysis works out; null when cooperating. */
  readonly result: number | null
  readonly right: boolean
}

export interface MarkedIdea {
  /** `Mine`, `Theirs`, `Theirs 2` … */
  readonly label: string
  readonly marks: readonly StepMark[]
  /** Verdict on the whole idea: whether no mark is `wrong`. */
  readonly right: boolean
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

/** Returns the true marks of one idea, as far as the mode sees. */
export function trueMarks(idea: string, rightSteps: readonly string[], mode: Mode): StepMark[] {
  const steps = stepsIn(idea)
  if (mode === 'cooperate') {
    const called = calledFor(steps, stepsIn(rightSteps.join(' ')))
    return steps.map((step) => ({
      calculation: writeCalculation(step),
      result: null,
      right: called.has(canonical(step)),
    }))
  }
  const marks = steps.map((step) => ({
    calculation: writeCalculation(step),
    result: recompute(step),
    right: recompute(step) === step.result,
  }))
  const firstError = marks.findIndex(({ right }) => !right)
  return firstError < 0 ? marks : marks.slice(0, firstError + 1)
}

/** Returns the true analysis of ideas ([own, ...others]), as far as the mode sees. */
export function trueMarkedIdeas(
  ideas: readonly string[],
  rightSteps: readonly string[],
  mode: Mode,
): MarkedIdea[] {
  return reviewOrder(mode, ideas.length).map((index) => {
    const marks = trueMarks(ideas[index], rightSteps, mode)
    return { label: ideaLabel(index), marks, right: marks.every(({ right }) => right) }
  })
}

const word = (right: boolean) => (right ? 'right' : 'wrong')

/** Writes a mark: `29-9 right` when cooperating, `29-9=20 wrong` when competing. */
export function writeMark({ calculation, result, right }: StepMark): string {
  return `${calculation}${result === null ? '' : `=${result}`} ${word(right)}`
}

/** Writes `Mine: 29-9 right, 3+8 wrong. Theirs: 29+9 wrong, 3*8 right. Verdict: mine wrong, theirs wrong.` */
export function writeMarkedIdeas(ideas: readonly MarkedIdea[]): string {
  const looked = ideas.map(({ label, marks }) => `${label}: ${marks.map(writeMark).join(', ')}. `)
  const verdicts = ideas.map(({ label, right }) => `${label.toLowerCase()} ${word(right)}`)
  return `${looked.join('')}Verdict: ${verdicts.join(', ')}.`
}

/** Reads an analysis. Returns null unless it has the form of the mode, with these labels in this order. */
export function readMarkedIdeas(text: string, labels: readonly string[], mode: Mode): MarkedIdea[] | null {
  const [looked, verdictText, ...more] = text.trim().split('Verdict: ')
  if (verdictText === undefined || more.length > 0) return null
  const verdicts = verdictText.replace(/\.$/, '').split(', ')
  const parts = looked.trimEnd().split(/\. ?(?=[A-Z]|$)/)
  if (verdicts.length !== labels.length || parts.length !== labels.length + 1) return null
  const ideas: MarkedIdea[] = []
  for (const [i, label] of labels.entries()) {
    const verdict = /^(.*) (right|wrong)$/.exec(verdicts[i])
    if (verdict?.[1] !== label.toLowerCase() || !parts[i].startsWith(`${label}: `)) return null
    const written = parts[i].slice(label.length + 2)
    const marks = (written === '' ? [] : written.split(', ')).map((item) => readMark(item, mode))
    const read = marks.filter((mark) => mark !== null)
    if (read.length < marks.length) return null
    ideas.push({ label, marks: read, right: verdict[2] === 'right' })
  }
  return ideas
}

function readMark(item: string, mode: Mode): StepMark | null {
  const [, calculation, result, verdict] = /^(\d+[+\-*]\d+)(?:=(-?\d+))? (right|wrong)$/.exec(item) ?? []
  if (calculation === undefined || (result !== undefined) !== (mode === 'compete')) return null
  return { calculation, result: result === undefined ? null : Number(result), right: verdict === 'right' }
}
