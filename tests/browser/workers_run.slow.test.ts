import { deleteDB } from 'idb'
import { beforeEach, expect, test } from 'vitest'
import type { RunEvent } from '../../src/ilr/events'
import { runId } from '../../src/runs/checkpoint_entry'
import { Checkpoints } from '../../src/runs/checkpoints'
import { keptEvents } from '../../src/runs/file/run_record'
import { rejection } from '../failure'
import { eventsOf, ofType } from '../unit/ilr_scripted'
import { expectNoneLiving, living } from './living_workers'
import { config, start, until } from './scripted_runs'

beforeEach(() => deleteDB('colloquy'))

test('peers of one source share a worker where the config says so, and the run is the same', async () => {
  const apart = await eventsOf(start(config()))
  const sharing = start(config('scripted', { sharedBase: true }))
  const events = sharing[Symbol.asyncIterator]()
  const together: RunEvent[] = [await until(events, 'discussion')]
  expect(await living()).toBe(2)
  for (let next = await events.next(); !next.done; next = await events.next()) together.push(next.value)
  // Not the digest: it covers the configuration as well.
  expect(ofType(together, 'exchange')).toEqual(ofType(apart, 'exchange'))
  expect(ofType(together, 'exchange')).toHaveLength(4)
  await expectNoneLiving()
})

test.each(['hang at 1', 'hang at 5'])(
  'stop ends the iterable and the workers, though a peer has its %s',
  async (source) => {
    const run = start(config(source))
    const events = run[Symbol.asyncIterator]()
    await until(events, 'progress')
    const rest = (async () => {
      while (!(await events.next()).done);
    })()
    await expect.poll(living).toBe(3)
    await run.stop()
    await rest
    await run.stop()
    await expectNoneLiving()
  },
)

test('out of memory: the run goes on from its checkpoint with smaller passes, and says so', async () => {
  // A step has three calls here, an evaluation and a measurement some more: the call is in a step after the first checkpoint.
  const events = await eventsOf(start(config('full at 12', { checkpointEvery: 1, evalEvery: 100, steps: 4 })))
  const warnings = ofType(events, 'warning').filter(({ message }) => message.includes('passes half as large'))
  expect(warnings).toHaveLength(2)
  expect(warnings[0].message).toContain(
    'wasm engine: std::bad_alloc. The run goes on from its checkpoint of step',
  )
  const runs = ofType(events, 'run')
  expect(runs.map(({ resumedFrom }) => resumedFrom)).toEqual([null, warnings[0].step, warnings[1].step])
  expect(warnings[0].step).toBeGreaterThan(0)
  expect(events.at(-1)).toMatchObject({ type: 'done', steps: 4 })
  await expectNoneLiving()
})

test('out of memory before there is a checkpoint is the end', async () => {
  const error = await rejection(eventsOf(start(config('full at 2', { checkpointEvery: 100 }))))
  expect(error.code).toBe('memory')
  await expectNoneLiving()
})

test.each([
  ['close at 1', 'worker', 'worker of peer "bo"'],
  ['close at 6', 'worker', 'worker of peer "bo"'],
  ['missing', 'model-file', 'bo: found none'],
])('a peer that comes to an end (%s) rejects the run with its type', async (source, code, message) => {
  const error = await rejection(eventsOf(start(config(source))))
  expect(error.code).toBe(code)
  expect(error.message).toContain(message)
  await expectNoneLiving()
})

test('the checkpoints of a run add up to its events; one started afresh leaves none of the run before it', async () => {
  const whole = await eventsOf(start(config()))
  expect(ofType(whole, 'checkpoint')).toHaveLength(2)
  const store = await Checkpoints.open()
  expect((await store.load(await runId(config()))).run.events).toEqual(keptEvents(whole))

  const again: RunEvent[] = []
  for await (const event of start(config())) {
    again.push(event)
    if (event.type === 'checkpoint') break
  }
  expect((await store.load(await runId(config()))).run.events).toEqual(keptEvents(again))
  store.close()
})

test('a damaged file rejects the run, and what is kept stays', async () => {
  for await (const event of start(config())) if (event.type === 'checkpoint') break
  const error = await rejection(eventsOf(start(config(), false, { from: new Uint8Array(100) })))
  expect(error.message).toContain('run file, archive')
  const store = await Checkpoints.open()
  expect((await store.list()).runs[0].step).toBe(2)
  store.close()
  await expectNoneLiving()
})

test('going on where nothing was kept says so', async () => {
  expect((await rejection(eventsOf(start(config(), true)))).message).toContain('no such entry')
})
