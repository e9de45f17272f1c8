/** An inquiry in workers: peers with scripts, everything else real. */
import { deleteDB } from 'idb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import type { Inquiry, InquiryEvent } from '../../src/ilr/inquiry/inquiry'
import { withPageWorkers } from '../../workers/browser/page_workers'
import { followInquiry, followRun } from '../../workers/run_client'
import { rejection } from '../failure'
import { eventsOf, tinyConfig } from '../unit/ilr_scripted'
import { expectNoneLiving, living } from './living_workers'

let inquiry: Inquiry | undefined
beforeEach(() => deleteDB('colloquy'))
afterEach(() => inquiry?.close())

const peer = () =>
  new Worker(new URL('./scripted_peer.worker.ts', import.meta.url), { type: 'module', name: 'by-channel' })

const config = (source = 'scripted', settings: Partial<RunConfig> = {}) =>
  tinyConfig({
    peers: [
      { id: 'ada', source: 'scripted' },
      { id: 'bo', source },
    ],
    ...settings,
  })

function open(wanted: RunConfig, trained = false) {
  const worker = new Worker(new URL('./scripted_run.worker.ts', import.meta.url), { type: 'module' })
  const start = { config: wanted, base: location.href, trained }
  const opened = followInquiry(withPageWorkers(worker, { peer }), start, Promise.resolve(null))
  inquiry = opened
  return async (text: string, answer: string | null = null) => {
    const events: InquiryEvent[] = []
    await opened.ask({ text, answer }, (event) => events.push(event))
    return events
  }
}

const types = (events: readonly InquiryEvent[]) => [...new Set(events.map(({ type }) => type))]
const answers = (events: readonly InquiryEvent[]) => events.filter(({ type }) => type === 'answer')

test('the same workers answer questions in order, and end when the inquiry is closed', async () => {
  const ask = open(config())
  const events = await ask('What is 3?', '3')
  expect(types(events)).toEqual(['question', 'part', 'text', 'answer', 'progress', 'discussion'])
  expect(answers(events)).toHaveLength(6)
  expect(await living()).toBe(3)
  // The peers' solo ability is known by now.
  expect(types(await ask('What is 4?'))).toEqual(['question', 'part', 'text', 'answer', 'discussion'])
  expect(answers(await ask('What is 3?', '3'))).toEqual(answers(events))
  expect(await living()).toBe(3)
  await inquiry?.close()
  await expectNoneLiving()
})

test('after a run, its checkpoint answers too', async () => {
  const worker = new Worker(new URL('./scripted_run.worker.ts', import.meta.url), { type: 'module' })
  const start = { config: config(), base: location.href, resume: false }
  await eventsOf(followRun(withPageWorkers(worker, { peer }), start))
  const events = await open(config(), true)('What is 3?')
  expect(events.find(({ type }) => type === 'question')).toMatchObject({ trainedSteps: 4 })
  expect(answers(events)).toHaveLength(8)
})

test('a missing checkpoint is an error, and ends the workers', async () => {
  expect((await rejection(open(config(), true)('What is 3?'))).detail).toMatchObject({
    code: 'storage',
    found: 'no such entry',
  })
  await expectNoneLiving()
})

test('an invalid question is refused before peers are loaded', async () => {
  const ask = open(config())
  expect(await ask('What is 3?', 'many')).toMatchObject([
    { type: 'refused', detail: { code: 'task', what: 'your right answer' } },
  ])
  expect(await living()).toBe(1)
  expect(answers(await ask('What is 3?'))).toHaveLength(6)
})

test.each([
  ['missing', 'model-file', 'Look for it'],
  ['crash at 1', 'worker', 'out of everything'],
  ['close at 3', 'worker', 'it ended'],
])('a peer that is to be %s is an error of its kind, and ends the workers', async (source, code, words) => {
  const error = await rejection(open(config(source))('What is 3?'))
  expect(error.code).toBe(code)
  expect(error.message).toContain(words)
  await expectNoneLiving()
})

test('closing ends the current question, whatever the peers are doing', async () => {
  open(config('hang at 3'))
  const events: InquiryEvent[] = []
  let asking: Promise<void> | undefined
  await new Promise<void>((resolve) => {
    asking = inquiry?.ask({ text: 'What is 3?', answer: null }, (event) => {
      events.push(event)
      if (event.type === 'part' && event.part === 'analyze') resolve()
    })
  })
  expect(await living()).toBe(3)
  await inquiry?.close()
  await asking
  expect(answers(events)).toHaveLength(2)
  await expectNoneLiving()
})
