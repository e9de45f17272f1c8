import { expect, test } from 'vitest'
import type { LessonAction } from '../../src/app/lesson/lesson_page'
import { type OfferedRun, offerOf, whyNot } from '../../src/app/lesson/lesson_panel'

const run = (status: OfferedRun['status'], changes: Partial<OfferedRun> = {}): OfferedRun => ({
  status,
  reading: false,
  comparable: false,
  ...changes,
})

const cases: readonly (readonly [LessonAction, OfferedRun, ReturnType<typeof offerOf>['command']])[] = [
  ['step', run('idle'), 'start-step'],
  ['step', run('stopped'), 'start-step'],
  ['step', run('failed'), 'start-step'],
  ['step', run('paused'), 'step'],
  ['step', run('running'), null],
  ['step', run('loading'), null],
  // The results stay in view.
  ['step', run('done'), null],
  ['learn', run('idle'), 'start'],
  ['learn', run('paused'), 'resume'],
  ['learn', run('pausing'), null],
  ['learn', run('done'), null],
  ['compare', run('done', { comparable: true }), 'compare'],
  ['compare', run('stopped', { comparable: true }), 'compare'],
  ['compare', run('done'), null],
  ['compare', run('paused', { comparable: true }), null],
  ['step', run('paused', { reading: true }), null],
]

test.each(cases)('%s with %j', (action, given, command) => {
  expect(offerOf(action, given).command).toBe(command)
  if (command === null) expect(whyNot(action, given)).toMatch(/\.$/)
})
