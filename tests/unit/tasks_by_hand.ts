import { mixed } from '../../src/tasks/mixed'
import type { Task } from '../../src/tasks/task'
import { halves } from '../../src/tasks/word_problems'

/** Reads questions by the words of their templates, without the code that makes them. */
export function skillOf(text: string, task: Task): string {
  if (task.name === halves.name)
    return text.search(/\d+ (bags|boxes) of/) < text.search(/lost|gives away|takes out/)
      ? 'bags-lose'
      : 'lose-bags'
  if (task.name === mixed.name) {
    const [loss, bags] = [text.search(/lost|gives away|takes out/), text.search(/\d+ (bags|boxes) of/)]
    if (loss < 0) return text.includes(' fewer') ? 'wide-cmp' : 'wide-three'
    return bags < loss ? 'wide-bags-lose' : 'wide-lose-bags'
  }
  if (text.includes(' fewer')) return 'cmp'
  if (text.includes(' times as many')) return 'times'
  if (/ bags of | boxes of /.test(text)) return 'muladd'
  return /gives away|takes out|lost/.test(text) ? 'addsub' : 'three'
}

/** Returns the readings that the question needs. */
export function needsOf(text: string, task: Task): string[] {
  const skill = skillOf(text, task).replace('wide-', '')
  return /bags/.test(skill) ? ['bags', 'lose'] : [skill]
}

/** Computes the answer. */
export function solvedByHand(text: string, task: Task): number {
  const numbers = (text.match(/\d+/g) ?? []).map(Number)
  const [a, b, c, d] = numbers
  switch (skillOf(text, task).replace('wide-', '')) {
    case 'addsub':
      return a + b - c
    case 'cmp':
      return a + (a - b)
    case 'times':
      return a + a * b
    case 'muladd':
      return a * b + c
    case 'three':
      return a + b + c
    case 'lose-bags':
      return a - b + c * d
    default:
      return a * b + (c - d)
  }
}
