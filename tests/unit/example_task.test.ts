import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../src/cli/site/site'
import { seedKey } from '../../src/random'
import { sums } from './example_task'

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

test('docs/design.md shows the tested example', () => {
  const [, shown] = read('docs/design.md').match(/```ts\n(import [\s\S]*?)```/) ?? []
  const beside = shown.replaceAll("from './", "from '../../src/tasks/")
  expect(read('tests/unit/example_task.ts')).toContain(beside)
})

test('the example has disjoint splits, and pays right answers and right steps', () => {
  const [train, heldout] = (['train', 'heldout'] as const).map((split) =>
    sums.questions(split, seedKey(7), 1000),
  )
  const seen = new Set(train.map(({ id }) => id))
  expect(heldout.filter(({ id }) => seen.has(id))).toEqual([])
  const [question] = train
  const [step] = question.steps
  expect(sums.reward(question, `${step}\n#### ${question.answer}`)).toMatchObject({ total: 1, correct: true })
  expect(sums.reward(question, `${step}\n#### -1`)).toMatchObject({ total: 0.4, correct: false })
})
