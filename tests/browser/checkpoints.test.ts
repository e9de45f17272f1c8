import { deleteDB, openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CONFIG_VERSION } from '../../src/config/config'
import { presetConfig } from '../../src/config/presets'
import type { RunEvent, RunState } from '../../src/ilr/events'
import { runId } from '../../src/runs/checkpoint_entry'
import type { Head } from '../../src/runs/checkpoint_layout'
import { Checkpoints, type SavedRun } from '../../src/runs/checkpoints'
import { rejection } from '../failure'

let count = 0
let name = ''
let store: Checkpoints
let clock = 0

beforeEach(async () => {
  name = `test-${count++}`
  await deleteDB(name)
  clock = 1_000_000
  store = await Checkpoints.open(name, { now: () => clock })
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
    adapters: { ada: adapter(10), bo: adapter(20) },
    best: { step: 1, accuracy: 0.5, age: 1, adapters: { ada: adapter(30), bo: adapter(40) } },
    ended,
  }
}

/** The events of steps `from` to `to`. */
function steps(from: number, to: number, reward = 0.5): RunEvent[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    type: 'step',
    step: from + i,
    metrics: { reward },
    questions: [],
  }))
}
const metrics = steps(1, 1)

/** Returns the newest unfinished run. */
async function latest(): Promise<SavedRun | null> {
  const run = (await store.list()).runs.find(({ ended }) => !ended)
  return run ? (await store.load(run.id)).run : null
}

test('a saved checkpoint loads bit for bit, also through a new connection', async () => {
  const config = presetConfig('duet', { seed: 1 })
  await store.save(config, state(10), 0, metrics)
  store.close()
  store = await Checkpoints.open(name)
  const { runs, damaged } = await store.list()
  expect(damaged).toEqual([])
  expect(runs).toEqual([
    {
      id: await runId(config),
      config,
      name: '',
      step: 10,
      ended: false,
      savedAt: 1_000_000,
      checkpoints: [{ step: 10, pinned: false }],
    },
  ])
  expect((await store.load(runs[0].id)).run.events).toEqual(metrics)
  expect((await store.load(runs[0].id)).state).toEqual(state(10))
})

test('a checkpoint of an earlier version loads without its references, once its check has passed', async () => {
  const config = presetConfig('duet', { seed: 1 })
  const older = { ...state(10), references: { ada: { sampled: [0.5], greedy: [1] } } }
  await store.save(config, older, 0, metrics)
  expect((await store.load(await runId(config))).state).toEqual(state(10))
})

test('one entry per configuration, the newest first; latest skips finished runs', async () => {
  const first = presetConfig('duet', { seed: 1, steps: 20 })
  const second = presetConfig('duet', { seed: 2, steps: 20 })
  await store.save(first, state(10), 0, [])
  await store.save(second, state(10), 0, [])
  await store.save(first, state(15), 0, [])
  expect((await store.list()).runs.map((run) => [run.config.seed, run.step])).toEqual([
    [1, 15],
    [2, 10],
  ])
  // Ended before its last step, because its token budget was used up.
  await store.save(first, state(18, 4, 'budget'), 0, [])
  const run = await latest()
  expect(run?.config.seed).toBe(2)
  await store.delete(run?.id ?? '')
  expect(await latest()).toBeNull()
  expect((await rejection(store.load(run?.id ?? ''))).code).toBe('storage')
})

describe('events', () => {
  const config = presetConfig('duet', { seed: 1, steps: 20 })
  const other = presetConfig('duet', { seed: 2, steps: 20 })
  /** Reads the numbers of the stored events directly from the database, by run. */
  async function numbers(): Promise<Record<string, number[]>> {
    const raw = await openDB(name)
    const byRun: Record<string, number[]> = {}
    for (const [id, number] of (await raw.getAllKeys('events')) as [string, number][]) {
      byRun[id] ??= []
      byRun[id].push(number)
    }
    raw.close()
    return byRun
  }
  const kept = async (wanted = config) => (await store.load(await runId(wanted))).run.events

  test('exchange finds the discussion of one step among many', async () => {
    const events = Array.from({ length: 37 }, (_, i): RunEvent[] => {
      const step = i + 1
      const question = { id: `q${step}`, text: '', answer: '', skill: '', level: 1, steps: [] }
      const exchange: RunEvent = {
        type: 'exchange',
        step,
        exchange: { question, mode: null, judgement: {}, peers: {} },
      }
      const measured: RunEvent = {
        type: 'eval',
        step,
        solo: {},
        skills: {},
        n: 1,
        trainedTokens: 0,
        generatedTokens: 0,
        seconds: 0,
      }
      // Step 11 is stored without a discussion.
      return [...(step === 11 ? [] : [exchange]), ...steps(step, step), ...(step % 5 === 0 ? [measured] : [])]
    }).flat()
    await store.save(other, state(37), 0, steps(1, 37))
    await store.save(config, state(37), 0, events)
    const id = await runId(config)
    for (let step = 1; step <= 37; step++)
      if (step !== 11) expect((await store.exchange(id, step)).question.id).toBe(`q${step}`)
    for (const step of [0, 11, 38]) expect((await rejection(store.exchange(id, step))).code).toBe('storage')
    expect((await rejection(store.exchange(await runId(other), 3))).code).toBe('storage')
    expect((await rejection(store.exchange('nobody', 3))).code).toBe('storage')
  })

  test('are added by each checkpoint and load in order, for each run', async () => {
    await store.save(config, state(3), 0, steps(1, 3))
    await store.save(other, state(4), 0, steps(1, 4, 0.25))
    await store.save(config, state(12), 3, steps(4, 12))
    await store.save(config, state(13), 12, steps(13, 13))
    expect(await kept()).toEqual(steps(1, 13))
    expect((await latest())?.events).toEqual(steps(1, 13))
    expect(await kept(other)).toEqual(steps(1, 4, 0.25))
    // Saves again, as after a save with an unknown outcome.
    await store.save(config, state(13), 12, steps(13, 13))
    expect(await kept()).toEqual(steps(1, 13))
  })

  test('of a run are replaced when the same configuration starts again', async () => {
    await store.save(config, state(10), 0, steps(1, 10))
    await store.save(other, state(2), 0, steps(1, 2))
    await store.save(config, state(2), 0, steps(1, 2, 0.75))
    expect(await kept()).toEqual(steps(1, 2, 0.75))
    expect(await kept(other)).toEqual(steps(1, 2))
    expect(await numbers()).toEqual({ [await runId(config)]: [0, 1], [await runId(other)]: [0, 1] })
  })

  test('are deleted with their run, and a checkpoint that needs them is refused', async () => {
    await store.save(config, state(3), 0, steps(1, 3))
    await store.save(other, state(2), 0, steps(1, 2))
    await store.delete(await runId(config))
    await store.purge()
    expect(await numbers()).toEqual({ [await runId(other)]: [0, 1] })
    const refused = await rejection(store.save(config, state(4), 3, steps(4, 4)))
    expect(refused.message).toContain('found a run whose stored data was deleted')
    expect(await numbers()).toEqual({ [await runId(other)]: [0, 1] })
  })

  test.each([0, 1, 2])('with number %i missing make the run a damaged one', async (number) => {
    await store.save(other, state(2), 0, steps(1, 2))
    await store.save(config, state(3), 0, steps(1, 3))
    const id = await runId(config)
    const raw = await openDB(name)
    await raw.delete('events', [id, number])
    raw.close()
    expect((await rejection(store.load(id))).message).toContain('found 2 of its 3 events')
    const { runs, damaged } = await store.list()
    expect(runs.map((run) => run.config)).toEqual([other])
    expect(damaged).toMatchObject([{ id, error: { detail: { code: 'storage' } } }])
    expect((await latest())?.config).toEqual(other)
    await store.delete(id)
    expect((await store.list()).damaged).toEqual([])
  })

  test('and everything else stay unchanged when a checkpoint fails halfway', async () => {
    await store.save(config, state(3), 0, steps(1, 3))
    const unkeepable = { ...steps(2, 2)[0], metrics: { reward: () => 0 } } as unknown as RunEvent
    const failed = await rejection(store.save(config, state(4), 0, [...steps(1, 1, 0.75), unkeepable]))
    expect(failed.message).toContain('checkpoint of step 4: found DataCloneError')
    expect(await kept()).toEqual(steps(1, 3))
    expect((await store.load(await runId(config))).state).toEqual(state(3))
  })

  test('in the heads of a version-1 database are moved; unknown layouts stay', async () => {
    for (const wanted of [config, other]) await store.save(wanted, state(3), 0, [])
    const today = await openDB(name)
    const heads: Head[] = await today.getAll('heads')
    const [first, second] = heads.map(({ name: _, savedAt, deleted, checkpoints: [{ check }], ...head }) => ({
      ...head,
      check,
    }))
    today.close()
    const bySeed = (seed: number) => (first.config.seed === seed ? first : second)
    const old = await openDB(`${name}-old`, 1, {
      upgrade(db) {
        db.createObjectStore('heads', { keyPath: 'id' })
        db.createObjectStore('states')
      },
    })
    await old.put('heads', { ...bySeed(1), version: 2, events: steps(1, 12) })
    await old.put('heads', { ...bySeed(2), version: 2, events: [], ended: true })
    await old.put('heads', { ...bySeed(1), id: 'oldest', version: 1, events: steps(1, 2) })
    await old.put('heads', { ...bySeed(1), id: 'unlike', version: 2, events: 'none' })
    for (const id of [first.id, second.id, 'oldest', 'unlike']) await old.put('states', state(3), id)
    old.close()

    // Opens twice: moved entries do not move again.
    for (const _ of [1, 2]) {
      store.close()
      store = await Checkpoints.open(`${name}-old`)
      const { runs, damaged } = await store.list()
      expect(runs.map((run) => run.config.seed).sort()).toEqual([1, 2])
      expect(damaged.map(({ id, error }) => [id, error.detail.found]).sort()).toEqual([
        ['oldest', 'layout 1'],
        ['unlike', 'layout 2'],
      ])
      expect(await latest()).toEqual({
        id: bySeed(1).id,
        config,
        name: '',
        step: 3,
        ended: false,
        savedAt: 0,
        checkpoints: [{ step: 3, pinned: false }],
        events: steps(1, 12),
      })
      expect(await store.load(bySeed(1).id)).toMatchObject({ run: { events: steps(1, 12) }, state: state(3) })
      expect(await kept(other)).toEqual([])
    }
    const raw = await openDB(`${name}-old`)
    expect(await raw.get('heads', bySeed(1).id)).not.toHaveProperty('events')
    expect(await raw.get('states', bySeed(1).id)).toBeUndefined()
    raw.close()
    await store.save(config, state(13), 12, steps(13, 13))
    expect(await kept()).toEqual(steps(1, 13))
  })
})

test('a database of version 2, with one state per run, is migrated', async () => {
  const config = presetConfig('duet', { seed: 1, steps: 20 })
  await store.save(config, state(3), 0, steps(1, 3))
  const id = await runId(config)
  const today = await openDB(name)
  const { name: _, savedAt, deleted, checkpoints, ...head }: Head = await today.get('heads', id)
  today.close()
  const old = await openDB(`${name}-two`, 2, {
    upgrade(db) {
      db.createObjectStore('heads', { keyPath: 'id' })
      for (const store of ['states', 'events']) db.createObjectStore(store)
    },
  })
  await old.put('heads', { ...head, version: 3, check: checkpoints[0].check, eventCount: 3 })
  await old.put('states', state(3), id)
  for (const [i, event] of steps(1, 3).entries()) await old.put('events', event, [id, i])
  old.close()
  store.close()
  store = await Checkpoints.open(`${name}-two`)
  expect(await store.load(id)).toMatchObject({ run: { step: 3, events: steps(1, 3) }, state: state(3) })
  await store.save(config, state(4), 3, steps(4, 4))
  expect((await store.load(id, 3)).run.events).toEqual(steps(1, 3))
})

describe('checkpoints of a run', () => {
  const config = presetConfig('duet', { seed: 1, steps: 20 })
  const best = (step: number, bestStep: number): RunState => ({
    ...state(step),
    best: { step: bestStep, accuracy: 0.5, age: 1, adapters: null },
  })
  const kept = async () => (await store.list()).runs[0].checkpoints.map(({ step }) => step)
  /** Reads directly from the database. */
  async function stored(): Promise<number[]> {
    const raw = await openDB(name)
    const keys = (await raw.getAllKeys('states')) as [string, number][]
    raw.close()
    return keys.map(([, step]) => step)
  }

  test('are the last two, the best, and the pinned ones; a run can resume from each', async () => {
    const id = await runId(config)
    for (const step of [1, 2, 3]) await store.save(config, best(step, 1), step - 1, steps(step, step))
    expect(await kept()).toEqual([1, 2, 3])
    await store.pin(id, 2, true)
    for (const step of [4, 5, 6]) await store.save(config, best(step, 1), step - 1, steps(step, step))
    expect(await kept()).toEqual([1, 2, 5, 6])
    expect(await stored()).toEqual([1, 2, 5, 6])
    expect(await store.load(id, 2)).toMatchObject({
      run: { step: 2, events: steps(1, 2) },
      state: best(2, 1),
    })
    await store.pin(id, 2, false)
    await store.save(config, best(7, 5), 6, steps(7, 7))
    expect(await kept()).toEqual([5, 6, 7])
    expect((await rejection(store.load(id, 2))).message).toContain('found no checkpoint of step 2')
    expect((await rejection(store.pin(id, 2, true))).message).toContain('found no checkpoint of step 2')
  })

  test('after the resumed one are replaced', async () => {
    const id = await runId(config)
    for (const step of [1, 2, 3]) await store.save(config, best(step, 3), step - 1, steps(step, step))
    await store.pin(id, 3, true)
    await store.save(config, best(3, 3), 2, steps(3, 3, 0.25))
    expect(await kept()).toEqual([2, 3])
    expect((await store.load(id)).run.events).toEqual([...steps(1, 2), ...steps(3, 3, 0.25)])
  })

  test('that are damaged are skipped for the one before', async () => {
    const id = await runId(config)
    for (const step of [1, 2]) await store.save(config, best(step, 1), step - 1, steps(step, step))
    const raw = await openDB(name)
    await raw.put('states', { ...best(2, 1), digest: 'another' }, [id, 2])
    raw.close()
    expect(await store.load(id)).toMatchObject({ run: { step: 1, events: steps(1, 1) }, state: best(1, 1) })
    await store.save(config, best(2, 1), 1, steps(2, 2))
    expect((await store.load(id)).state).toEqual(best(2, 1))
  })
})

test('a run can be renamed, and a deleted run can be restored', async () => {
  const config = presetConfig('duet', { seed: 1 })
  const id = await runId(config)
  await store.save(config, state(1), 0, steps(1, 1))
  await store.rename(id, 'Monday’s class')
  await store.save(config, state(2), 1, steps(2, 2))
  expect((await store.list()).runs).toMatchObject([{ id, name: 'Monday’s class', step: 2 }])
  await store.delete(id)
  expect((await store.list()).runs).toEqual([])
  expect((await rejection(store.load(id))).message).toContain('no such entry')
  await store.restore(id)
  expect((await store.load(id)).state).toEqual(state(2))
  await store.delete(id)
  await store.purge()
  expect((await rejection(store.restore(id))).message).toContain('no such entry')
})

test('a deleted run that is started again is a new one', async () => {
  const config = presetConfig('duet', { seed: 1 })
  await store.save(config, state(3), 0, steps(1, 3))
  await store.rename(await runId(config), 'old')
  await store.delete(await runId(config))
  await store.save(config, state(1), 0, steps(1, 1))
  expect((await store.list()).runs).toMatchObject([{ name: '', step: 1, checkpoints: [{ step: 1 }] }])
})

test('a clock that goes backwards changes only the time shown', async () => {
  for (const [seed, at] of [
    [1, 2000],
    [2, 1000],
  ]) {
    clock = at
    await store.save(presetConfig('duet', { seed }), state(1), 0, [])
  }
  const { runs } = await store.list()
  expect(runs.map(({ config: { seed }, savedAt }) => [seed, savedAt])).toEqual([
    [2, 1000],
    [1, 2000],
  ])
})

test('a run of an earlier configuration schema is migrated and can resume', async () => {
  const config = presetConfig('duet', { steps: 300 })
  await store.save(config, state(3), 0, steps(1, 3))
  await store.save(presetConfig('duet', { seed: 9 }), state(5), 0, steps(1, 5))
  const id = await runId(config)
  // Rewrites the entry as an earlier version would have stored it: under another id, with an old setting
  // name.
  const raw = await openDB(name)
  const { steps: _, ...rest } = config
  await raw.put('heads', {
    ...(await raw.get('heads', id)),
    id: 'older',
    config: { ...rest, version: CONFIG_VERSION - 1, hundreds: 3 },
  })
  await raw.put('heads', {
    ...(await raw.get('heads', id)),
    id: 'oldest',
    config: { version: CONFIG_VERSION - 2 },
  })
  await raw.put('states', state(3), ['older', 3])
  await raw.put('states', state(3), ['oldest', 3])
  for (const [number, event] of steps(1, 3).entries()) await raw.put('events', event, ['older', number])
  raw.close()
  await store.delete(id)
  await store.purge()
  store.close()

  store = await Checkpoints.open(name, {
    migrations: [({ hundreds, ...raw }) => ({ ...raw, steps: Number(hundreds) * 100 })],
  })
  const { runs, damaged } = await store.list()
  expect(runs.map((run) => run.config.steps).sort()).toEqual([24, 300])
  // An entry that is too old stays, and is reported.
  expect(damaged.map((entry) => entry.id)).toEqual(['oldest'])
  expect(damaged[0].error.message).toContain(`version ${CONFIG_VERSION - 2}`)
  expect(await store.load(id)).toMatchObject({
    run: { id, config, step: 3, ended: false, events: steps(1, 3) },
    state: state(3),
  })
  await store.save(config, state(4), 3, steps(4, 4))
  expect((await store.load(id)).run.events).toEqual(steps(1, 4))
})

test('a database that cannot be migrated is refused with its reason and stays unchanged', async () => {
  const strange = await openDB(`${name}-strange`, 1, { upgrade: (db) => void db.createObjectStore('states') })
  strange.close()
  expect((await rejection(Checkpoints.open(`${name}-strange`))).message).toContain('found NotFoundError')
  const raw = await openDB(`${name}-strange`)
  expect([raw.version, ...raw.objectStoreNames]).toEqual([1, 'states'])
  raw.close()
})

test('a damaged state, another layout and an invalid configuration are named, and the rest still loads', async () => {
  for (const seed of [1, 2, 3, 4, 5]) await store.save(presetConfig('duet', { seed }), state(10), 0, [])
  const { runs } = await store.list()
  const bySeed = (seed: number) => runs.find((run) => run.config.seed === seed)?.id ?? ''
  const raw = await openDB(name)
  const broken = state(10)
  broken.adapters.bo.firstMoments[0][1] += 1e-6 + 1
  await raw.put('states', broken, [bySeed(1), 10])
  const brokenBest = state(10)
  if (brokenBest.best?.adapters) brokenBest.best.adapters.ada.parameters[0][2] = -1
  await raw.put('states', brokenBest, [bySeed(5), 10])
  await raw.put('heads', { ...(await raw.get('heads', bySeed(2))), version: 1 })
  await raw.put('heads', { ...(await raw.get('heads', bySeed(3))), config: { seed: 'x' } })
  raw.close()

  for (const seed of [1, 5]) expect((await rejection(store.load(bySeed(seed)))).message).toContain('damaged')
  expect((await rejection(store.load(bySeed(2)))).message).toContain('found layout 1, wanted layout 4')
  const listed = await store.list()
  expect(listed.runs.map((run) => run.config.seed)).toEqual([5, 4, 1])
  expect(listed.damaged.map((entry) => entry.id).sort()).toEqual([bySeed(2), bySeed(3)].sort())
  expect((await store.load(bySeed(4))).state).toEqual(state(10))
})

test('a database of a newer version and one locked by another tab are refused by name', async () => {
  const newer = await openDB(`${name}-newer`, 4)
  newer.close()
  expect((await rejection(Checkpoints.open(`${name}-newer`))).message).toContain('newer')

  // A connection that ignores `versionchange` makes a deletion wait, and every later opening behind it.
  const holder = await openDB(`${name}-held`, 1)
  const deletion = deleteDB(`${name}-held`)
  expect((await rejection(Checkpoints.open(`${name}-held`))).message).toContain('Close the other tabs')
  // One waiting opening is enough.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const again = await rejection(Checkpoints.open(`${name}-held`)).finally(() => vi.useRealTimers())
  expect(again.message).toContain('Close the other tabs')
  holder.close()
  await deletion
  await expect.poll(() => Checkpoints.open(`${name}-held`).then((opened) => opened.close())).toBe(undefined)
})
