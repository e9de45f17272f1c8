import { deleteDB } from 'idb'
import { beforeEach, expect, test } from 'vitest'
import type { RunEvent } from '../../src/ilr/events'
import { Checkpoints } from '../../src/runs/checkpoints'
import { rejection } from '../failure'
import { eventsOf, ofType } from '../unit/ilr_scripted'
import { expectNoneLiving, living } from './living_workers'
import { config, start, startInWorker, until } from './scripted_runs'

beforeEach(() => deleteDB('colloquy'))

test('a run in workers emits all events from run to done, the same twice, and leaves no worker', async () => {
  const events = await eventsOf(start(config()))
  expect(events[0]).toEqual({ type: 'run', config: config(), resumedFrom: null })
  expect(ofType(events, 'step').map(({ step }) => step)).toEqual([1, 2, 3, 4])
  expect(ofType(events, 'text').length).toBeGreaterThan(0)
  const [done] = ofType(events, 'done')
  expect(events.at(-1)).toBe(done)
  const again = ofType(await eventsOf(start(config())), 'done')
  expect(again[0].digest).toBe(done.digest)
  await expectNoneLiving()
})

test('events wait in the worker for a slow reader, and none is lost', async () => {
  const long = config('scripted', { steps: 4 })
  const whole = await eventsOf(start(long))
  const counted = whole.filter(({ type }) => type !== 'text' && type !== 'progress')
  await deleteDB('colloquy')

  const run = start(long)
  const events = run[Symbol.asyncIterator]()
  const read: RunEvent[] = [(await events.next()).value]
  // The run continues without its reader for a while.
  const store = await Checkpoints.open()
  const keptStep = async () => (await store.list()).runs[0]?.step
  await expect.poll(keptStep, { timeout: 60_000 }).toBeGreaterThanOrEqual(1)
  store.close()
  for (let next = await events.next(); !next.done; next = await events.next()) read.push(next.value)
  const rest = read.filter(({ type }) => type !== 'text' && type !== 'progress')
  expect(rest.map(({ type }) => type)).toEqual(counted.map(({ type }) => type))
  expect(ofType(rest, 'exchange')).toEqual(ofType(whole, 'exchange'))
  expect(rest.at(-1)).toMatchObject({ type: 'done', digest: ofType(whole, 'done')[0].digest })
  const said = (all: readonly RunEvent[]) => {
    const texts = new Map<string, string>()
    for (const { step, peer, stage, text } of ofType(all, 'text')) {
      const where = `${step} ${peer} ${stage}`
      texts.set(where, (texts.get(where) ?? '') + text)
    }
    return texts
  }
  expect(said(read)).toEqual(said(whole))
  await expectNoneLiving()
})

test('peers of different sources get separate workers even when the config shares', async () => {
  const run = start(config('scripted at 0', { sharedBase: true }))
  await until(run[Symbol.asyncIterator](), 'discussion')
  expect(await living()).toBe(3)
  await run.stop()
  await expectNoneLiving()
})

test('step pauses after one step, stage within the next, resume goes on', async () => {
  const run = start(config())
  run.step()
  const events = run[Symbol.asyncIterator]()
  expect(await until(events, 'paused')).toMatchObject({ step: 1, after: null })
  expect(await living()).toBe(3)
  run.stage()
  expect(await until(events, 'paused')).toMatchObject({ step: 1, after: 'share' })
  run.resume()
  expect(await until(events, 'done')).toMatchObject({ steps: 4 })
  expect((await events.next()).done).toBe(true)
  await expectNoneLiving()
})

test('a run that is asked to save its steps stores them at once, and resumes as if undisturbed', async () => {
  const STEPS = 8
  const rarely = config('scripted', { checkpointEvery: 100, steps: STEPS })
  const whole = ofType(await eventsOf(start(rarely)), 'done')
  await deleteDB('colloquy')
  const run = start(rarely)
  // There is nothing to save yet.
  await run.keep()
  const events = run[Symbol.asyncIterator]()
  for (let at = 0; at < 4; at++) await until(events, 'discussion')
  await run.keep()
  await run.stop()
  await expectNoneLiving()
  const store = await Checkpoints.open()
  const [saved] = (await store.list()).runs
  store.close()
  // The run is some steps ahead of the reader of its events.
  expect(saved.step).toBeGreaterThanOrEqual(3)
  const rest = await eventsOf(start(rarely, true))
  const left = Array.from({ length: STEPS - saved.step }, (_, at) => saved.step + at + 1)
  expect(ofType(rest, 'step').map(({ step }) => step)).toEqual(left)
  expect(ofType(rest, 'done')[0].digest).toBe(whole[0].digest)
})

test('leaving the loop stops the run', async () => {
  for await (const event of start(config())) if (event.type === 'discussion') break
  await expectNoneLiving()
})

test('a terminated run worker rejects the run', async () => {
  const { run, worker } = startInWorker(config('hang at 3'))
  const events = run[Symbol.asyncIterator]()
  await until(events, 'progress')
  worker.terminate()
  await expect(until(events, 'done')).rejects.toMatchObject({
    detail: { code: 'worker', what: 'worker of the run' },
  })
  await expectNoneLiving()
})

test('a crashed peer worker rejects the run with its type', async () => {
  const error = await rejection(eventsOf(start(config('crash at 1'))))
  expect(error.code).toBe('worker')
  expect(error.message).toContain('worker of peer "bo"')
  await expectNoneLiving()
})
