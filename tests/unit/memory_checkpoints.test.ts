import { expect, it } from 'vitest'
import { runId } from '../../src/runs/checkpoint_entry'
import { MemoryCheckpoints } from '../../src/runs/memory_checkpoints'
import { eventsOf, scriptedRun, tinyConfig } from './ilr_scripted'

it('has the latest state and all events of a run, without those after the kept ones', async () => {
  const config = tinyConfig({ checkpointEvery: 1 })
  const { run, saved, kept } = scriptedRun(config)
  await eventsOf(run)
  const store = new MemoryCheckpoints()
  const id = await runId(config)
  await expect(store.load(id)).rejects.toMatchObject({ code: 'storage' })
  await store.save(config, saved[0], 0, kept[0])
  await store.save(config, saved[1], kept[0].length, kept[1])
  // Saves again, as a run that returned to its first checkpoint does.
  await store.save(config, saved[1], kept[0].length, kept[1])
  store.close()
  expect(await store.load(id)).toEqual({
    run: { id, config, step: 2, ended: false, events: [...kept[0], ...kept[1]] },
    state: saved[1],
  })
  await store.save(config, saved[3], 0, kept[3])
  expect((await store.load(id)).run).toMatchObject({ ended: true, events: kept[3] })
  await expect(store.load(await runId(tinyConfig({ seed: 1 })))).rejects.toMatchObject({ code: 'storage' })
})
