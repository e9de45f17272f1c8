import { EVALUATION, StepKeys } from '../ilr/step/keys'
import { seedKey } from '../random'
import type { Question, Task } from '../tasks/task'
import { halves, wordProblems } from '../tasks/word_problems'
import { configOf, REFERENCE_ARM, type Study } from './scenarios'

const TASKS: Readonly<Record<string, Task>> = { [wordProblems.name]: wordProblems, [halves.name]: halves }

/** Problems of one test: two questions with equal numbers and steps are one problem in other words. */
export interface TestSize {
  readonly asked: number
  /** Fewest and most distinct problems over the seeds. */
  readonly distinct: readonly [least: number, most: number]
}

/** How many held-out questions a scenario's tests ask, and how many of them are distinct problems; null for a task of other kinds of questions. */
export function testSize(study: Study, scenario: string, seeds: readonly number[]): TestSize | null {
  const config = configOf(study, { scenario, arm: REFERENCE_ARM, seed: 0 })
  if (!Object.hasOwn(TASKS, config.task)) return null
  const counts = seeds.map((seed) => {
    const keys = new StepKeys(seedKey(seed), EVALUATION)
    const questions = TASKS[config.task].questions('heldout', keys.questions(), config.evalSize)
    return new Set(questions.map(problemOf)).size
  })
  return { asked: config.evalSize, distinct: [Math.min(...counts), Math.max(...counts)] }
}

function problemOf({ skill, steps }: Question): string {
  return [skill, ...steps].join(' ')
}
