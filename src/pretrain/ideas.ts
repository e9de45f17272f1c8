import type { Stream } from '../random'
import { joined } from '../tasks/mode_analysis'
import { readingsOf } from '../tasks/skills'
import { recompute, type Step, stepsIn, writeSolution, writeStep } from '../tasks/solution'
import type { Question } from '../tasks/task'

const OPERATORS = ['+', '-', '*'] as const

export function rightIdea(question: Question): string {
  return writeSolution(question.steps, question.answer)
}

function solution(steps: readonly Step[]): string {
  return writeSolution(steps.map(writeStep), String(steps[steps.length - 1].result))
}

function step(left: number, operator: Step['operator'], right: number): Step {
  return { left, operator, right, result: recompute({ left, operator, right, result: 0 }) }
}

/** Whether the question needs a missing reading. */
export function lacks(missing: readonly string[], question: Question): boolean {
  return readingsOf(question.skill).some((reading) => missing.includes(reading))
}

/**
 * Returns the answer that pretraining teaches a peer that lacks `missing`; the right solution where it lacks
 * nothing. Such a peer reads `fewer`, `times as many` and `bags of` as `more`, giving away as getting, and
 * overlooks the third of three numbers. Its sums are right; an answer with a misreading never is.
 * @param part the misread part of a question with two readings: both numbers added, or the second one twice
 */
export function misreading(
  question: Question,
  missing: readonly string[],
  part: 'added' | 'doubled' = 'added',
): string {
  if (!lacks(missing, question)) return rightIdea(question)
  const [first, second, ...rest] = stepsIn(question.steps.join('. '))
  switch (question.skill) {
    case 'addsub':
      return solution([first, step(first.result, '+', second.right)])
    case 'cmp':
    case 'wide-cmp':
    case 'times': {
      const sum = step(first.left, '+', first.right)
      return solution([sum, step(first.left, '+', sum.result)])
    }
    case 'three':
    case 'wide-three':
      return solution([first])
    case 'muladd':
      return solution([step(first.left, '+', first.right), step(first.left + first.right, '+', second.right)])
    default: {
      const readings = readingsOf(question.skill)
      const [x, y] = [first, second].map((stated, i) =>
        missing.includes(readings[i])
          ? step(part === 'added' ? stated.left : stated.right, '+', stated.right)
          : stated,
      )
      return solution(rest.length > 0 ? [x, y, step(x.result, '+', y.result)] : [x, y])
    }
  }
}

/**
 * Returns a right plan with one slip: a wrong sum, a misread number or a wrong sign, carried on to the end.
 */
export function slip(question: Question, stream: Stream): string {
  const right = stepsIn(question.steps.join('. '))
  const at = stream.int(0, right.length - 1)
  const carried = carryOn(right, at, bend(right[at], stream))
  if (carried.every(({ result }) => result >= 0)) return solution(carried)
  const last = right[right.length - 1]
  return solution([...right.slice(0, -1), bend(last, stream)])
}

/** Returns an idea, right or misread, with the result of one step off. The last step uses it. */
export function miscounted(idea: string, stream: Stream): string {
  const steps = stepsIn(idea)
  const at = stream.int(0, steps.length - 1)
  const bent = steps.map((stated, i) => (i === at ? miscount(stated, stream) : stated))
  return solution(at === steps.length - 1 ? bent : [...bent.slice(0, -1), joined(bent, steps)])
}

/** Replaces one step. Later steps use its result, on the side where the right result stood. */
function carryOn(right: readonly Step[], at: number, bent: Step): Step[] {
  const steps = [...right]
  steps[at] = bent
  let [was, is] = [right[at].result, bent.result]
  for (let i = at + 1; i < right.length; i++) {
    const { left, operator, right: other, result } = right[i]
    if (left !== was && other !== was) continue
    steps[i] = left === was ? step(is, operator, other) : step(left, operator, is)
    was = result
    is = steps[i].result
  }
  return steps
}

/** Returns the step with a result that is off by a little, by ten or by a digit. */
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

/** Returns the bent step, unless it is negative or beyond the range of the corpus; then a plain miscount. */
function legal(bent: Step, right: Step): Step {
  return bent.result < 0 || bent.result > 199 ? { ...right, result: right.result + 1 } : bent
}
