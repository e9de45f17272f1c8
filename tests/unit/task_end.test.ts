import { expect, test } from 'vitest'
import { TaskEnd } from '../../src/gpu/task_end'

test('the end of a task comes after all settled promises, for one caller after the other', async () => {
  const taskEnd = new TaskEnd()
  const seen: string[] = []
  const chain = async () => {
    for (let i = 0; i < 1000; i++) await null
    seen.push('chain')
  }
  await Promise.all([
    taskEnd.reached().then(() => seen.push('first')),
    taskEnd.reached().then(() => seen.push('second')),
    chain(),
  ])
  expect(seen).toEqual(['chain', 'first', 'second'])
  taskEnd.close()
})
