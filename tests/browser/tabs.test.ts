import { deleteDB } from 'idb'
import { beforeEach, expect, test } from 'vitest'
import type { RunEvent } from '../../src/ilr/events'
import type { Run } from '../../src/ilr/run'
import { runId } from '../../src/runs/checkpoint_entry'
import { Checkpoints } from '../../src/runs/checkpoints'
import { withPageWorkers } from '../../workers/browser/page_workers'
import { readAlong, running } from '../../workers/browser/tabs'
import { followRun } from '../../workers/run_client'
import { eventsOf, ofType, tinyConfig } from '../unit/ilr_scripted'

beforeEach(() => deleteDB('colloquy'))

const peer = () =>
  new Worker(new URL('./scripted_peer.worker.ts', import.meta.url), { type: 'module', name: 'by-channel' })

// Locks and channels are the same between two workers as between two tabs.
function start(config = tinyConfig(), resume = false): Run {
  const worker = new Worker(new URL('./scripted_run.worker.ts', import.meta.url), { type: 'module' })
  return followRun(withPageWorkers(worker, { peer }), { config, base: location.href, resume })
}

const config = tinyConfig({ checkpointEvery: 2 })

async function until(events: AsyncIterator<RunEvent>, isIt: (event: RunEvent) => boolean): Promise<void> {
  for (;;) {
    const { value, done } = await events.next()
    if (done) throw new Error('the run ended before')
    if (isIt(value)) return
  }
}

test('a run that is already running is refused, and its checkpoints stay', async () => {
  const first = start(config)
  first.step()
  const events = first[Symbol.asyncIterator]()
  await until(events, ({ type }) => type === 'paused')
  const id = await runId(config)
  expect(await running([id, 'another'])).toEqual([id])
  await expect(eventsOf(start(config))).rejects.toThrow('found it runs in another tab of this browser')
  first.resume()
  await until(events, ({ type }) => type === 'done')
  await first.stop()
  await expect.poll(() => running([id])).toEqual([])
  const store = await Checkpoints.open()
  expect((await store.list()).runs).toMatchObject([{ step: 4, ended: true }])
  store.close()
})

test('another tab reads along: stored events, new events, and the end', async () => {
  const run = start(config)
  run.step()
  const events = run[Symbol.asyncIterator]()
  // A pausing run saves its finished steps.
  for (let step = 1; step <= 3; step++) {
    await until(events, ({ type }) => type === 'paused')
    if (step < 3) run.step()
  }
  const id = await runId(config)
  const store = await Checkpoints.open()
  const { run: kept } = await store.load(id)
  store.close()
  expect(kept.step).toBe(3)
  const read: RunEvent[] = [...kept.events]
  const reading = (async () => {
    for await (const event of readAlong(id, new AbortController().signal)) read.push(event)
  })()
  run.resume()
  await until(events, ({ type }) => type === 'done')
  await run.stop()
  await reading
  expect(ofType(read, 'step').map(({ step }) => step)).toEqual([1, 2, 3, 4])
  expect(ofType(read, 'exchange').map(({ step }) => step)).toEqual([1, 2, 3, 4])
  expect(ofType(read, 'text').length).toBeGreaterThan(0)
  expect(ofType(read, 'done')).toHaveLength(1)
})

test('reading ends when nothing runs, the reader leaves, or the writer dies', async () => {
  const id = await runId(config)
  const none: RunEvent[] = []
  for await (const event of readAlong(id, new AbortController().signal)) none.push(event)
  expect(none).toEqual([])

  const run = start(config)
  run.step()
  const events = run[Symbol.asyncIterator]()
  await until(events, ({ type }) => type === 'paused')
  const leaving = new AbortController()
  const left = (async () => {
    for await (const event of readAlong(id, leaving.signal)) if (event.type === 'step') leaving.abort()
  })()
  run.step()
  await until(events, ({ type }) => type === 'paused')
  await left
  const reading = (async () => {
    for await (const _ of readAlong(id, new AbortController().signal));
  })()
  await run.stop()
  await reading
})
