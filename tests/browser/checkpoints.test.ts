import { deleteDB, openDB } from 'idb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ColloquyError } from '../../src/errors'
import type { RunEvent, RunState } from '../../src/ilr/events'
import { Checkpoints } from '../../src/runs/checkpoints'
import { presetConfig } from '../../src/runs/presets'

let count = 0
let name = ''
let store: Checkpoints

beforeEach(async () => {
  name = `test-${count++}`
  await deleteDB(name)
  store = await Checkpoints.open(name)
})
afterEach(() => store.close())

function state(step: number, size = 4, ended: RunState['ended'] = null): RunState {
  const layer = (base: number) => [Float32Array.from({ length: size }, (_, i) => base + i / 8 + step)]
  const adapter = (base: number) => ({
    updates: step,
    parameters: layer(base),
    firstMoments: layer(base + 1),
    secondMoments: layer(base + 2),
  })
  return {
    step,
    digest: `digest-${step}`,
    ability: { ada: 0.5, bo: 0.25 },
    numTokens: 1000 * step,
    trainedTokens: 600 * step,
    generatedTokens: 500 * step,
    references: { ada: { sampled: [0.5], greedy: [1] } },
    adapters: { ada: adapter(10), bo: adapter(20) },
    best: { step: 1, accuracy: 0.5, age: 1, adapters: { ada: adapter(30), bo: adapter(40) } },
    ended,
  }
}

const metrics: RunEvent[] = [{ type: 'step', step: 1, metrics: { reward: 0.5 }, questions: [] }]

async function failure(work: Promise<unknown>): Promise<ColloquyError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof ColloquyError) return error
  throw new Error(`expected a ColloquyError, got ${String(error)}`)
}

test('what was saved comes back bit by bit, also through a new connection', async () => {
  const config = presetConfig('duet', { seed: 1 })
  await store.save(config, state(10), metrics)
  store.close()
  store = await Checkpoints.open(name)
  const { runs, damaged } = await store.list()
  expect(damaged).toEqual([])
  expect(runs).toMatchObject([{ config, step: 10, events: metrics }])
  expect((await store.load(runs[0].id)).run.events).toEqual(metrics)
  expect((await store.load(runs[0].id)).state).toEqual(state(10))
})

test('one entry per configuration, the newest first; latest skips finished runs', async () => {
  const first = presetConfig('duet', { seed: 1, steps: 20 })
  const second = presetConfig('duet', { seed: 2, steps: 20 })
  await store.save(first, state(10), [])
  await store.save(second, state(10), [])
  await store.save(first, state(15), [])
  expect((await store.list()).runs.map((run) => [run.config.seed, run.step])).toEqual([
    [1, 15],
    [2, 10],
  ])
  // Over before its last step: its token budget was used up.
  await store.save(first, state(18, 4, 'budget'), [])
  const latest = await store.latest()
  expect(latest?.config.seed).toBe(2)
  await store.delete(latest?.id ?? '')
  expect(await store.latest()).toBeNull()
  expect((await failure(store.load(latest?.id ?? ''))).code).toBe('storage')
})

test('a damaged state, another layout and a bad configuration are named, and the rest still loads', async () => {
  for (const seed of [1, 2, 3, 4, 5]) await store.save(presetConfig('duet', { seed }), state(10), [])
  const { runs } = await store.list()
  const bySeed = (seed: number) => runs.find((run) => run.config.seed === seed)?.id ?? ''
  const raw = await openDB(name)
  const broken = state(10)
  broken.adapters.bo.firstMoments[0][1] += 1e-6 + 1
  await raw.put('states', broken, bySeed(1))
  const brokenBest = state(10)
  if (brokenBest.best?.adapters) brokenBest.best.adapters.ada.parameters[0][2] = -1
  await raw.put('states', brokenBest, bySeed(5))
  await raw.put('heads', { ...(await raw.get('heads', bySeed(2))), version: 1 })
  await raw.put('heads', { ...(await raw.get('heads', bySeed(3))), config: { seed: 'x' } })
  raw.close()

  for (const seed of [1, 5]) expect((await failure(store.load(bySeed(seed)))).message).toContain('damaged')
  expect((await failure(store.load(bySeed(2)))).message).toContain('found layout 1, wanted layout 2')
  const listed = await store.list()
  expect(listed.runs.map((run) => run.config.seed)).toEqual([5, 4, 1])
  expect(listed.damaged.map((entry) => entry.id).sort()).toEqual([bySeed(2), bySeed(3)].sort())
  expect((await store.load(bySeed(4))).state).toEqual(state(10))
})

test('a database of a newer version and one locked by another tab are refused by name', async () => {
  const newer = await openDB(`${name}-newer`, 2)
  newer.close()
  expect((await failure(Checkpoints.open(`${name}-newer`))).message).toContain('newer')

  // A connection that ignores `versionchange` makes a deletion wait, and every later opening behind it.
  const holder = await openDB(`${name}-held`, 1)
  const deletion = deleteDB(`${name}-held`)
  expect((await failure(Checkpoints.open(`${name}-held`))).message).toContain('Close the other tabs')
  holder.close()
  await deletion
}, 15_000)
