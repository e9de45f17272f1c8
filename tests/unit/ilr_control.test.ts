import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import { ColloquyError } from '../../src/errors'
import type { RunEvent } from '../../src/ilr/events'
import { digitTask } from './ilr_digits'
import { eventsOf, ofType, type Script, scriptedRun, tinyConfig } from './ilr_scripted'

async function digestOf(config: RunConfig, script: Script = {}) {
  const { run } = scriptedRun(config, script)
  return ofType(await eventsOf(run), 'done')[0].digest
}
function ticks(n: number): Promise<void> {
  return n === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(() => resolve(ticks(n - 1))))
}
const never = new Promise<void>(() => {})

describe('stop', () => {
  const config = tinyConfig({ steps: 3 })

  it('ends the iterable after any event, frees the peers once, and does no more work', async () => {
    const short = tinyConfig({ steps: 1 })
    const total = (await eventsOf(scriptedRun(short).run)).length
    for (let at = 1; at < total; at++) {
      const { run, peers } = scriptedRun(short)
      let read = 0
      for await (const _ of run) if (++read === at) await run.stop()
      expect(read).toBe(at)
      const calls = peers[0].generated.length
      await ticks(2)
      expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
      expect(peers[0].generated.length - calls).toBeLessThanOrEqual(1)
    }
  })
  it.each(['generate', 'update'] as const)('does not wait for a %s that hangs', async (kind) => {
    let hangs = () => {}
    const hanging = new Promise<void>((resolve) => {
      hangs = resolve
    })
    const { run, peers } = scriptedRun(config, {
      wait: (peer, called, n) => {
        if (peer !== 'bo' || called !== kind || n !== 2) return undefined
        hangs()
        return never
      },
    })
    const reading = eventsOf(run)
    await hanging
    await run.stop()
    await run.stop()
    expect(ofType(await reading, 'done')).toEqual([])
    expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
  })
  it('frees peers that load after it', async () => {
    const { run, peers, ports } = scriptedRun(config)
    let arrive = () => {}
    const { loadPeers } = ports
    ports.loadPeers = async (...args) => {
      await new Promise<void>((resolve) => {
        arrive = resolve
      })
      return loadPeers(...args)
    }
    const reading = eventsOf(run)
    await ticks(2)
    await run.stop()
    expect(await reading).toHaveLength(1)
    arrive()
    await ticks(2)
    expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
    expect(peers[0].generated).toEqual([])
  })
  it('before the start prevents all work', async () => {
    const { run, peers } = scriptedRun(config)
    await run.stop()
    expect(await eventsOf(run)).toEqual([])
    expect(peers[0].generated).toEqual([])
  })
  it('follows when the reader leaves', async () => {
    const { run, peers } = scriptedRun(config)
    for await (const { type } of run) if (type === 'discussion') break
    expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
  })
})

describe('pause and step', () => {
  it('pauses before the next unit, anywhere, and changes nothing', async () => {
    const config = tinyConfig({ steps: 2 })
    const digest = await digestOf(config)
    const total = (await eventsOf(scriptedRun(config).run)).length
    for (let at = 1; at < total; at += 3) {
      const { run } = scriptedRun(config)
      const events: RunEvent[] = []
      for await (const event of run) {
        events.push(event)
        if (events.length === at) run.pause()
        if (event.type === 'paused') setTimeout(() => run.resume())
      }
      expect(ofType(events, 'done')[0].digest).toBe(digest)
      expect(ofType(events, 'paused').length).toBeLessThanOrEqual(1)
    }
  })
  it('stops in the middle of a pause', async () => {
    const { run } = scriptedRun(tinyConfig())
    const types: string[] = []
    run.pause()
    for await (const { type } of run) {
      types.push(type)
      if (type === 'paused') await run.stop()
    }
    expect(types.at(-1)).toBe('paused')
  })
  it('runs one step at a time', async () => {
    const { run } = scriptedRun(tinyConfig({ steps: 3 }))
    const told: string[] = []
    run.step()
    for await (const event of run) {
      if (event.type === 'step') told.push(`step ${event.step}`)
      if (event.type === 'paused') {
        told.push(`paused ${event.step}`)
        run.step()
      }
    }
    expect(told).toEqual(['step 1', 'paused 1', 'step 2', 'paused 2', 'step 3'])
  })
})

describe('saving', () => {
  /** Only one checkpoint, after step 1, unless requested; tests and measurements follow every step. */
  const config = tinyConfig({
    steps: 4,
    checkpointEvery: 100,
    evalEvery: 1,
    refreshAbilityEvery: 1,
    loadBestModelAtEnd: true,
  })
  const kept = (events: readonly RunEvent[]) =>
    events.flatMap((event) =>
      event.type === 'eval' || event.type === 'exchange' || event.type === 'step'
        ? [event.type === 'step' ? event.digest : { ...event, seconds: 0 }]
        : [],
    )

  it('happens at every pause, and the run resumes from there as if undisturbed', async () => {
    const whole = await eventsOf(scriptedRun(config).run)
    const steps = new Set<number>()
    for (let at = 1; at < whole.length; at += 2) {
      const { run, saved, kept: store } = scriptedRun(config)
      let read = 0
      let finished = 0
      for await (const event of run) {
        if (++read === at) run.pause()
        if (event.type === 'step') finished = event.step
        if (event.type === 'paused') {
          // The checkpoint has the finished step, even if its tests are not done.
          expect(event.step).toBe(finished)
          await run.stop()
        }
      }
      const state = saved.at(-1)
      // While the best adapters are restored, the peers differ from the last step's, so the step before is
      // saved.
      if (finished === config.steps && state?.step !== finished) continue
      expect(state?.step ?? 0).toBe(finished)
      if (state === undefined || state.ended !== null) continue
      steps.add(finished)
      const rest = await eventsOf(scriptedRun(config, {}, state).run)
      expect(kept([...store.flat(), ...rest])).toEqual(kept(whole))
    }
    expect([...steps]).toEqual([1, 2, 3, 4])
  })
  it('on request happens at the next unit of work, and ends at once if there is nothing to save', async () => {
    const { run, saved } = scriptedRun(config)
    await run.keep()
    const asked: Promise<void>[] = []
    for await (const event of run) {
      if (event.type === 'question' && event.step === 1) await run.keep()
      // In the middle of step 3, step 2 is saved.
      if (event.type === 'discussion' && event.step === 3) {
        expect(saved.map(({ step }) => step)).toEqual([1])
        asked.push(run.keep(), run.keep())
      }
      if (event.type === 'exchange' && event.step === 3) {
        await Promise.all(asked)
        expect(saved.map(({ step }) => step)).toEqual([1, 2])
      }
    }
    await run.keep()
    expect(saved.map(({ step }) => step)).toEqual([1, 2, 4])
  })
  it('is not awaited when the run is stopped, has failed, or hangs until it is stopped', async () => {
    const hanging = scriptedRun(config, {
      wait: (_, kind, n) => (kind === 'update' && n === 3 ? never : undefined),
    })
    let asked: Promise<void> | undefined
    for await (const event of hanging.run) {
      if (event.type !== 'progress' || event.phase !== 'update' || event.step !== 3) continue
      asked = hanging.run.keep()
      expect(await Promise.race([asked.then(() => 'kept'), ticks(3).then(() => 'hangs')])).toBe('hangs')
      await hanging.run.stop()
    }
    await asked
    expect(hanging.saved.map(({ step }) => step)).toEqual([1])

    const failing = scriptedRun(config)
    failing.ports.saveState = async () => {
      throw new Error('the disk is full')
    }
    const ended = eventsOf(failing.run)
    await expect(ended).rejects.toThrow('the disk is full')
    await failing.run.keep()
  })
  it('without room is tried once a step, and the run pauses anyway', async () => {
    const { run, ports } = scriptedRun(tinyConfig({ steps: 2, checkpointEvery: 100 }))
    let tries = 0
    ports.saveState = async () => {
      tries++
      const detail = { what: 'checkpoint', found: 'no space', wanted: 'some', todo: 'Free some' }
      throw new ColloquyError({ code: 'storage', ...detail })
    }
    run.step()
    for await (const event of run)
      if (event.type === 'paused') {
        expect(tries).toBe(1)
        await run.keep()
        run.resume()
      }
    expect(tries).toBe(2)
  })
})

describe('one stage at a time', () => {
  /** Returns where a run paused, requesting one stage after the other. */
  async function stages(config: RunConfig, script: Script = {}) {
    const { run } = scriptedRun(config, script)
    const stood: string[] = []
    const events: RunEvent[] = []
    let begun = ''
    run.stage()
    for await (const event of run) {
      events.push(event)
      if (event.type === 'progress') begun = event.phase
      if (event.type !== 'paused') continue
      stood.push(`${event.step} ${event.after ?? 'step'} ${begun}`)
      run.stage()
    }
    return { stood, events }
  }

  it('pauses after each, also from the start, and changes nothing', async () => {
    const config = tinyConfig({ steps: 2 })
    const { stood, events } = await stages(config)
    // The next stage has not started; after the last step there is nothing to wait for.
    expect(stood).toEqual([
      '0 share share',
      '0 analyze analyze',
      '0 fuse fuse',
      expect.stringMatching(/^1 step (update|eval|ability)$/),
      '1 share share',
      '1 analyze analyze',
      '1 fuse fuse',
    ])
    const straight = await eventsOf(scriptedRun(config).run)
    expect(ofType(events, 'done')[0].digest).toBe(ofType(straight, 'done')[0].digest)
    const told = (of: readonly RunEvent[]) =>
      of.filter(({ type }) => type === 'step' || type === 'checkpoint').length
    expect(told(events)).toBe(told(straight))
  })
  it('of a single agent is share, then the step', async () => {
    const { stood } = await stages(tinyConfig({ steps: 1, method: 'solo' }))
    expect(stood).toEqual(['0 share share'])
  })
  it('stays one when questions are drawn again within it', async () => {
    const config = tinyConfig({ steps: 1, resampleZeroVariance: 3 })
    const { stood, events } = await stages(config, { skill: 1, unreadable: 0 })
    expect(ofType(events, 'step')[0].metrics['ilr/resampled']).toBeGreaterThan(0)
    expect(stood.map((place) => place.split(' ')[1])).toEqual(['share', 'analyze', 'fuse'])
  })
  it('yields to resume, and to a whole step', async () => {
    const { run } = scriptedRun(tinyConfig({ steps: 3 }))
    const stood: (string | null)[] = []
    run.stage()
    for await (const event of run) {
      if (event.type !== 'paused') continue
      stood.push(event.after)
      if (stood.length === 1) run.step()
      else run.resume()
    }
    expect(stood).toEqual(['share', null])
  })
})

describe('errors and lagging readers', () => {
  it('rejects with a peer’s typed error, after all earlier events', async () => {
    const died = new ColloquyError({
      code: 'worker',
      what: 'peer bo',
      found: 'a worker that died',
      wanted: 'an answer',
      todo: 'Start the run again',
    })
    const { run, peers } = scriptedRun(tinyConfig(), {
      wait: (peer, kind, n) =>
        peer === 'bo' && kind === 'update' && n === 2 ? Promise.reject(died) : undefined,
    })
    const events: RunEvent[] = []
    const reading = (async () => {
      for await (const event of run) events.push(event)
    })()
    await expect(reading).rejects.toBe(died)
    expect(ofType(events, 'step').map(({ step }) => step)).toEqual([1])
    await ticks(1)
    expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
  })
  it('rejects where peers cannot be loaded', async () => {
    const { run, ports } = scriptedRun(tinyConfig())
    ports.loadPeers = () => Promise.reject(new Error('no such model'))
    await expect(eventsOf(run)).rejects.toThrow('no such model')
  })
  it('waits for a slow reader, joining text but losing none', async () => {
    const { run, peers } = scriptedRun(tinyConfig({ steps: 60, evalEvery: 60, checkpointEvery: 60 }))
    const reader = run[Symbol.asyncIterator]()
    await reader.next()
    let held = -1
    while (held !== peers[0].updates.length) {
      held = peers[0].updates.length
      await ticks(40)
    }
    expect(held).toBeLessThan(60)
    const events: RunEvent[] = []
    for (let next = await reader.next(); !next.done; next = await reader.next()) events.push(next.value)
    for (const { step, exchange } of ofType(events, 'exchange')) {
      const written = ofType(events, 'text').filter((one) => one.step === step && one.peer === 'ada')
      expect(written.map(({ text }) => text).join('')).toBe(
        exchange.peers.ada.map(({ text }) => text).join(''),
      )
    }
    expect(ofType(events, 'done')).toHaveLength(1)
  })
})

describe('the task', () => {
  const config = tinyConfig({ steps: 1 })

  it('is opened for the configuration, and closed however the run ends', async () => {
    const straight = scriptedRun(config)
    const asked: RunConfig[] = []
    const { openTask } = straight.ports
    straight.ports.openTask = (wanted) => {
      asked.push(wanted)
      return openTask(wanted)
    }
    await eventsOf(straight.run)
    expect(asked).toEqual([config])
    const stopped = scriptedRun(config)
    for await (const { type } of stopped.run) if (type === 'discussion') break
    const broken = scriptedRun(config)
    broken.ports.loadPeers = () => Promise.reject(new Error('no such model'))
    await expect(eventsOf(broken.run)).rejects.toThrow('no such model')
    await ticks(1)
    for (const { opened } of [straight, stopped, broken]) expect(opened).toEqual({ open: 1, closed: 1 })
  })
  it('is closed when it loads after the stop', async () => {
    const { run, ports, opened } = scriptedRun(config)
    let arrive = () => {}
    const { openTask } = ports
    ports.openTask = async (wanted) => {
      await new Promise<void>((resolve) => {
        arrive = resolve
      })
      return openTask(wanted)
    }
    const reading = eventsOf(run)
    await ticks(2)
    await run.stop()
    await reading
    arrive()
    await ticks(2)
    expect(opened).toEqual({ open: 1, closed: 1 })
  })
  it('is closed when a peer hangs at its work or at its close', async () => {
    const { run, peers, opened } = scriptedRun(config, { wait: () => new Promise(() => undefined) })
    for (const peer of peers) peer.close = () => new Promise(() => undefined)
    const events = run[Symbol.asyncIterator]()
    for (let next = await events.next(); !next.done; next = await events.next())
      if (next.value.type === 'progress' && next.value.phase === 'ability') void run.stop()
    await ticks(2)
    expect(opened).toEqual({ open: 1, closed: 1 })
  })
  it('that cannot be opened rejects the run', async () => {
    const { run, ports, peers } = scriptedRun(config)
    ports.openTask = () => Promise.reject(new Error('no such file'))
    await expect(eventsOf(run)).rejects.toThrow('no such file')
    expect(peers[0].generated).toEqual([])
  })
  it('reports its notes as warnings', async () => {
    const { run, ports } = scriptedRun(config)
    const { openTask } = ports
    ports.openTask = async (wanted) => ({ ...(await openTask(wanted)), notes: ['line 3 left out', 'and 4'] })
    const warnings = ofType(await eventsOf(run), 'warning')
    expect(warnings.map(({ step, message }) => [step, message])).toEqual([
      [0, 'line 3 left out'],
      [0, 'and 4'],
    ])
  })
  it('may return rewards later', async () => {
    const later = {
      ...digitTask,
      reward: async (...args: Parameters<typeof digitTask.reward>) => {
        await ticks(Number(args[0].answer) % 2)
        return digitTask.reward(...args)
      },
      analysisReward: async (...args: Parameters<typeof digitTask.analysisReward>) =>
        digitTask.analysisReward(...args),
    }
    const [slow, quick] = [scriptedRun(config, {}, null, later), scriptedRun(config)]
    const digest = async ({ run }: typeof slow) => ofType(await eventsOf(run), 'done')[0].digest
    expect(await digest(slow)).toBe(await digest(quick))
  })
})
