/**
 * Analyses of `mixed`: each mode looks at one thing only, and nothing is quoted. Cooperating, a peer marks the left
 * side of every step: does the problem call for this calculation? Competing, it solves the problem again and
 * judges each idea by its answer alone. A quoted result would nearly always equal the one worked out, so
 * nothing would force a small model to copy it.
 */
import { reviewOrder } from './analysis'
import { ideaLabel } from './prompts'
import {
  canonicalStep,
  finalAnswer,
  isRight,
  recompute,
  type Step,
  stepsIn,
  writeCalculation,
} from './solution'
import type { Mode } from './task'

/** A marked step. */
export interface StepMark {
  /** Left side, such as `29-9`. */
  readonly calculation: string
  readonly right: boolean
}

/** An idea as an analysis sees it. */
export interface MarkedIdea {
  /** `Mine`, `Theirs`, `Theirs 2` … */
  readonly label: string
  /** Empty when competing. */
  readonly marks: readonly StepMark[]
  /** Verdict on the whole idea: no mark is `wrong`, or its answer is that of the analysis. */
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
  return steps.map((step) => ({ calculation: writeCalculation(step), right: called.has(canonical(step)) }))
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
  const answer = finalAnswer(solution) ?? ''
  const judged = reviewOrder('compete', ideas.length).map((index) => ({
    label: ideaLabel(index),
    marks: [],
    right: isRight(ideas[index], answer),
  }))
  return { solution, ideas: judged }
}

const word = (right: boolean) => (right ? 'right' : 'wrong')

/**
 * Writes `Mine: 29-9 right, 3+8 wrong. Theirs: 29+9 wrong, 3*8 right. Verdict: mine wrong, theirs wrong.` when
 * cooperating, `29-9=20. 29+20=49. #### 49. Verdict: theirs wrong, mine right.` when competing.
 */
export function writeModeAnalysis({ solution, ideas }: ModeAnalysis): string {
  const looked = ideas.map(
    ({ label, marks }) =>
      `${label}: ${marks.map(({ calculation, right }) => `${calculation} ${word(right)}`).join(', ')}. `,
  )
  const verdicts = ideas.map(({ label, right }) => `${label.toLowerCase()} ${word(right)}`)
  return `${solution === null ? looked.join('') : `${solution}. `}Verdict: ${verdicts.join(', ')}.`
}

/** Reads an analysis. Returns null unless it has the form of the mode, with these labels in this order. */
export function readModeAnalysis(text: string, labels: readonly string[], mode: Mode): ModeAnalysis | null {
  const [looked, verdictText, ...more] = text.trim().split('Verdict: ')
  if (verdictText === undefined || more.length > 0) return null
  const verdicts = readVerdictsOn(labels, verdictText)
  if (verdicts === null) return null
  const none = labels.map((): StepMark[] => [])
  if (mode === 'compete') {
    const solution = looked.trim().replace(/\.$/, '')
    if (finalAnswer(solution) === null) return null
    return { solution, ideas: none.map((marks, i) => ({ label: labels[i], marks, right: verdicts[i] })) }
  }
  const marks = readMarks(labels, looked)
  return (
    marks && {
      solution: null,
      ideas: marks.map((one, i) => ({ label: labels[i], marks: one, right: verdicts[i] })),
    }
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

function readMarks(labels: readonly string[], text: string): StepMark[][] | null {
  const parts = text.trimEnd().split(/\. ?(?=[A-Z]|$)/)
  if (parts.length !== labels.length + 1) return null
  const ideas: StepMark[][] = []
  for (const [i, label] of labels.entries()) {
    if (!parts[i].startsWith(`${label}: `)) return null
    const written = parts[i].slice(label.length + 2)
    const marks = (written === '' ? [] : written.split(', ')).map((item) => {
      const [, calculation, verdict] = /^(\d+[+\-*]\d+) (right|wrong)$/.exec(item) ?? []
      return calculation === undefined ? null : { calculation, right: verdict === 'right' }
    })
    const read = marks.filter((mark) => mark !== null)
    if (read.length < marks.length) return null
    ideas.push(read)
  }
  return ideas
}
