/** The worked example of docs/design.md, "Add a task"; a test compares the two texts. */
import { questionFileTask } from '../../src/tasks/question_file'
import type { Question } from '../../src/tasks/task'
import { workedSteps } from '../../src/tasks/worked_steps'

/** Sums of two numbers from 0 to 99. */
const QUESTIONS = Array.from({ length: 10_000 }, (_, i): Question => {
  const [a, b] = [Math.floor(i / 100), i % 100]
  return {
    id: `sum-${a}-${b}`,
    text: `What is ${a} + ${b}?`,
    answer: String(a + b),
    skill: 'sum',
    level: 1,
    steps: workedSteps(`${a} + ${b} = ${a + b}`),
  }
})

export const sums = questionFileTask('sums', QUESTIONS)
