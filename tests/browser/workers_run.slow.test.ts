import { deleteDB } from 'idb'
import { beforeEach, expect, test } from 'vitest'
import type { RunEvent } from '../../src/ilr/events'
import { runId } from '../../src/runs/checkpoint_entry'
import { Checkpoints } from '../../src/runs/checkpoints'
import { readRunFile } from '../../src/runs/file/read_run_file'
import { keptEvents } from '../../src/runs/file/run_record'
import { writeRunFile } from '../../src/runs/file/write_run_file'
import { rejection } from '../failure'
import { eventsOf, ofType } from '../unit/ilr_scripted'
import { expectNoneLiving, living } from './living_workers'
import { config, start, until } from './scripted_runs'

beforeEach(() => deleteDB('colloquy'))

test('peers of one source share a worker if configured so, and the run is the same', async () => {
  const apart = await eventsOf(start(config()))
  const sharing = start(config('scripted', { sharedBase: true }))
  const events = sharing[Symbol.asyncIterator]()
  const together: RunEvent[] = [await until(events, 'discussion')]
  expect(await living()).toBe(2)
  for (let next = await events.next(); !next.done; next = await events.next()) together.push(next.value)
  // Compares events, not digests: a digest covers the configuration too.
  expect(ofType(together, 'exchange')).toEqual(ofType(apart, 'exchange'))
  expect(ofType(together, 'exchange')).toHaveLength(4)
  await expectNoneLiving()
})

test.each(['hang at 1', 'hang at 5'])(
  'stop ends the iterable and the workers, even when a peer has its %s',
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

test('out of memory: the run resumes from its checkpoint with smaller passes, and says so', async () => {
  // The twelfth call of each start is in a step after the first checkpoint, or is not made any more.
  const events = await eventsOf(start(config('full at 12', { checkpointEvery: 1, evalEvery: 100, steps: 4 })))
  const warnings = ofType(events, 'warning').filter(({ message }) => message.includes('passes half as large'))
  expect(warnings.length).toBeGreaterThan(0)
  expect(warnings[0].message).toContain(
    'wasm engine: std::bad_alloc. The run goes on from its checkpoint of step',
  )
  const runs = ofType(events, 'run')
  expect(runs.map(({ resumedFrom }) => resumedFrom)).toEqual([null, ...warnings.map(({ step }) => step)])
  expect(warnings[0].step).toBeGreaterThan(0)
  expect(events.at(-1)).toMatchObject({ type: 'done', steps: 4 })
  await expectNoneLiving()
})

test('out of memory before the first checkpoint ends the run', async () => {
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

test('the checkpoints of a run contain all its events; a new run replaces those of an earlier one', async () => {
  const whole = await eventsOf(start(config()))
  expect(ofType(whole, 'checkpoint').map(({ step }) => step)).toEqual([1, 2, 4])
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

test('a damaged file rejects the run, and stored checkpoints stay', async () => {
  for await (const event of start(config())) if (event.type === 'checkpoint') break
  await expectNoneLiving()
  const keptStep = async () => {
    const store = await Checkpoints.open()
    const [{ step }] = (await store.list()).runs
    store.close()
    return step
  }
  const before = await keptStep()
  const error = await rejection(eventsOf(start(config(), false, { from: new Uint8Array(100) })))
  expect(error.message).toContain('run file, archive')
  expect(await keptStep()).toBe(before)
  await expectNoneLiving()
})

test('resuming without a checkpoint is an error', async () => {
  expect((await rejection(eventsOf(start(config(), true)))).message).toContain('no such entry')
})

test('a run stopped after a checkpoint and resumed ends like an undisturbed one', async () => {
  const whole = await eventsOf(start(config()))
  await deleteDB('colloquy')

  for await (const event of start(config())) if (event.type === 'checkpoint') break
  const store = await Checkpoints.open()
  const [saved] = (await store.list()).runs
  expect(saved.config).toEqual(config())
  // A run is ahead of who reads its events, so it may have saved more before it stopped.
  const rest = await eventsOf(start(config(), true))
  expect(rest[0]).toMatchObject({ type: 'run', resumedFrom: saved.step })
  expect(ofType(rest, 'step').map(({ step }) => step)).toEqual([1, 2, 3, 4].slice(saved.step))
  expect(ofType(rest, 'done')[0].digest).toBe(ofType(whole, 'done')[0].digest)

  const { events } = await store.load(saved.id).then(({ run }) => run)
  const kept = (type: 'step' | 'eval') => ofType(events, type).map(({ step }) => step)
  expect([kept('step'), kept('eval')]).toEqual([
    [1, 2, 3, 4],
    [0, 2, 4],
  ])
  expect((await store.list()).runs.filter(({ ended }) => !ended)).toEqual([])
  store.close()
})

test('a run exported at a checkpoint resumes from its file without a store, and exports completely', async () => {
  const whole = await eventsOf(start(config()))
  for await (const event of start(config())) if (event.type === 'checkpoint') break
  const bytesOf = async () => {
    const store = await Checkpoints.open()
    const { run, state } = await store.load(await runId(config()))
    store.close()
    const record = { config: config(), state, events: keptEvents(run.events) }
    return new Uint8Array(await new Blob(writeRunFile(record)).arrayBuffer())
  }
  const from = await bytesOf()
  await deleteDB('colloquy')

  const rest = await eventsOf(start(config(), false, { from, exportsFile: true }))
  expect(rest[0]).toMatchObject({ type: 'run', resumedFrom: readRunFile(from).state.step })
  const [done] = ofType(rest, 'done')
  expect(done.digest).toBe(ofType(whole, 'done')[0].digest)
  const [{ bytes }] = ofType(rest, 'run-file')
  expect(bytes).toEqual(await bytesOf())
  const { state, events } = readRunFile(bytes)
  expect([state.step, state.ended, state.digest]).toEqual([4, 'steps', done.digest])
  expect(ofType(events, 'exchange')).toEqual(ofType(whole, 'exchange'))
  // A finished run can be exported again.
  const [again] = ofType(
    await eventsOf(start(config(), false, { from: bytes, exportsFile: true })),
    'run-file',
  )
  expect(again.bytes).toEqual(bytes)
})
