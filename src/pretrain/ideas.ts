import type { Stream } from '../random'
import { recompute, type Step, stepsIn, writeSolution, writeStep } from '../tasks/solution'
import type { Question } from '../tasks/task'

const OPERATORS = ['+', '-', '*'] as const

export function rightIdea(question: Question): string {
  return writeSolution(question.steps, question.answer)
}

function solution(steps: readonly Step[]): string {
  return writeSolution(steps.map(writeStep), String(steps[steps.length - 1].result))
}

/** The two steps of a right solution, read back. */
function rightSteps(question: Question): [Step, Step] {
  const [first, second] = stepsIn(question.steps.join('. '))
  return [first, second]
}

function step(left: number, operator: Step['operator'], right: number): Step {
  return { left, operator, right, result: recompute({ left, operator, right, result: 0 }) }
}

/**
 * The wrong reading of a skill that a peer without it was brought up on: `fewer` and `times as many` are taken
 * for `more`, giving away for getting, and the third number is overlooked. Sums are right; the answer never is.
 */
export function misreading(question: Question): string {
  const [first, second] = rightSteps(question)
  switch (question.skill) {
    case 'addsub':
      return solution([first, step(first.result, '+', second.right)])
    case 'cmp':
    case 'times': {
      const sum = step(first.left, '+', first.right)
      return solution([sum, step(first.left, '+', sum.result)])
    }
    case 'three':
      return solution([first])
    default:
      return solution([step(first.left, '+', first.right), step(first.left + first.right, '+', second.right)])
  }
}

/** A right plan with one slip: a wrong sum, a number misread or a wrong sign, carried on to the end. */
export function slip(question: Question, stream: Stream): string {
  const [first, second] = rightSteps(question)
  const slipsFirst = stream.uniform() < 0.5
  const bent = bend(slipsFirst ? first : second, stream)
  if (!slipsFirst) return solution([first, bent])
  // The second step goes on from the first one's wrong result, on the side where that result stood.
  const carried =
    second.left === first.result
      ? step(bent.result, second.operator, second.right)
      : step(second.left, second.operator, bent.result)
  return carried.result < 0 ? solution([first, bend(second, stream)]) : solution([bent, carried])
}

/** The step with a result that is off by a little, by ten or by a digit. */
export function miscount(right: Step, stream: Stream): Step {
  const off = stream.pick([1, 1, 2, 10, 10, stream.int(3, 9)]) * stream.pick([1, -1])
  const result = right.result + off
  return { ...right, result: result > 0 ? result : right.result + Math.abs(off) }
}

function bend(right: Step, stream: Stream): Step {
  const kind = stream.uniform()
  if (kind < 0.6) return miscount(right, stream)
  if (kind < 0.8) {
    const other = stream.int(1, 40)
    return legal(step(right.left, right.operator, other === right.right ? other + 1 : other), right)
  }
  return legal(
    step(right.left, stream.pick(OPERATORS.filter((o) => o !== right.operator)), right.right),
    right,
  )
}

/** A bent step, unless it fell below zero or out of the range that is ever written: then a plain miscount. */
function legal(bent: Step, right: Step): Step {
  return bent.result < 0 || bent.result > 199 ? { ...right, result: right.result + 1 } : bent
}
