import { sameNumber } from './rational'
import { statedAnswer } from './stated_answer'

/** One step of a written solution, `left operator right = result`, as stated. */
export interface Step {
  readonly left: number
  readonly operator: '+' | '-' | '*'
  readonly right: number
  readonly result: number
}

const STEP = /(\d+)([+\-*])(\d+)=(-?\d+)/g

/** Computes the step's left side. */
export function recompute(step: Step): number {
  switch (step.operator) {
    case '+':
      return step.left + step.right
    case '-':
      return step.left - step.right
    case '*':
      return step.left * step.right
  }
}

/** Writes a step's left side, such as `29-9`. */
export function writeCalculation({ left, operator, right }: Step): string {
  return `${left}${operator}${right}`
}

export function writeStep(step: Step): string {
  return `${writeCalculation(step)}=${step.result}`
}

/** Returns the steps of a text in order, including wrong ones. */
export function stepsIn(text: string): Step[] {
  return [...text.matchAll(STEP)].map((match) => ({
    left: Number(match[1]),
    operator: match[2] as Step['operator'],
    right: Number(match[3]),
    result: Number(match[4]),
  }))
}

/** Returns one form for equal steps: `7+12=19` and `12+7=19` are one step, `5-3=2` and `3-5=2` are not. */
export function canonicalStep(step: Step): string {
  const swap = step.operator !== '-' && step.left > step.right
  return writeStep(swap ? { ...step, left: step.right, right: step.left } : step)
}

/**
 * Returns the word after the last `#### ` or the content of the last `\boxed{}`, whichever comes last; else
 * null.
 */
export function finalAnswer(text: string): string | null {
  return statedAnswer(text, ['hashes-word', 'boxed'])
}

export function isRight(text: string, answer: string): boolean {
  const found = finalAnswer(text)
  return found !== null && sameNumber(found, answer)
}

/** Writes a solution: the steps, then the answer. */
export function writeSolution(steps: readonly string[], answer: string): string {
  return `${steps.map((step) => `${step}. `).join('')}#### ${answer}`
}
