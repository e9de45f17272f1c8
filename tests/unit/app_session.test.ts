import { expect, test, vi } from 'vitest'
import type { Engine } from '../../src/app/engine'
import { Session } from '../../src/app/session'
import { presetConfig } from '../../src/config/presets'
import { ColloquyError } from '../../src/errors'
import type { RunEvent } from '../../src/ilr/events'
import type { Run } from '../../src/ilr/run'

const config = presetConfig('duet', { steps: 3 })

/** Makes a run that emits these events, then ends with `ending`, and records its commands. */
function scripted(
  events: readonly RunEvent[],
  ending: () => void = () => undefined,
  keeping: Promise<void> = Promise.resolve(),
) {
  const commands: string[] = []
  const run: Run = {
    pause: () => commands.push('pause'),
    resume: () => commands.push('resume'),
    step: () => commands.push('step'),
    stage: () => commands.push('stage'),
    keep: () => {
      commands.push('keep')
      return keeping
    },
    stop: async () => void commands.push('stop'),
    async *[Symbol.asyncIterator]() {
      yield* events
      ending()
    },
  }
  const engine: Engine = {
    presets: [],
    recording: async () => {
      throw new TypeError('nothing is recorded')
    },
    start: () => run,
    openInquiry: () => {
      throw new TypeError('nobody is asked')
    },
    describeQuestions: async () => {
      throw new TypeError('no question file is chosen')
    },
    savedRuns: async () => ({ runs: [], damaged: [] }),
    fingerprints: async () => [],
    record: async () => {
      throw new TypeError('nothing is kept')
    },
    keep: async () => undefined,
    forget: async () => true,
    restore: async () => undefined,
    kept: async () => {
      throw new TypeError('nothing is kept')
    },
    exchange: async () => {
      throw new TypeError('nothing is kept')
    },
    rename: async () => undefined,
    pin: async () => undefined,
    running: async () => [],
    readAlong: () => run,
  }
  return { engine, commands }
}

const token: RunEvent = { type: 'text', step: 1, peer: 'ada', stage: 'share', text: '3' }

test('events between two frames are shown together', async () => {
  const question = { id: 'q', text: 'q', answer: '1', skill: 's', level: 1, steps: [] }
  const { engine } = scripted([{ type: 'question', step: 1, question }, token, token, token])
  const frames: (() => void)[] = []
  const session = new Session(engine, (flush) => frames.push(flush))
  const shown: (string | undefined)[] = []
  session.subscribe((state) => shown.push(state.exchange?.peers.ada?.share?.text))
  await session.start(config, null)
  expect(frames).toHaveLength(1)
  // One update for the start, one for the end with all waiting events.
  expect(shown).toEqual([undefined, '333'])
  frames[0]()
  expect(shown).toHaveLength(2)
})

test('an error of the run becomes a visible problem', async () => {
  const { engine } = scripted([token], () => {
    throw new ColloquyError({
      code: 'worker',
      what: 'worker of ada',
      found: 'no answer',
      wanted: 'one',
      todo: 'Reload',
    })
  })
  const session = new Session(engine, () => undefined)
  await session.start(config, null)
  expect(session.current.status).toBe('failed')
  expect(session.current.problem).toEqual({
    what: 'worker of ada',
    found: 'no answer',
    wanted: 'one',
    todo: 'Reload',
  })
})

test.each(['step', 'stage'] as const)(
  'one %s from the start reaches the run before anything else',
  async (portion) => {
    const { engine, commands } = scripted([])
    const session = new Session(engine, () => undefined)
    await session.start(config, null, portion)
    expect(commands).toEqual([portion])
    expect(session.current.status).toBe('stopped')
  },
)

test('commands reach the run until it ends', async () => {
  let session: Session | null = null
  const { engine, commands } = scripted([token], () => {
    session?.pause()
    session?.resume()
    session?.advance('step')
    session?.advance('stage')
    session?.stop()
  })
  session = new Session(engine, () => undefined)
  await session.start(config, null)
  session.pause()
  expect(commands).toEqual(['pause', 'resume', 'step', 'stage', 'keep', 'stop'])
  expect(session.current.status).toBe('stopped')
})

test('leaving the page ends its run at once, and does nothing without a run', async () => {
  const { engine, commands } = scripted([token])
  const session = new Session(engine, (flush) => flush())
  session.leave()
  expect(session.current.status).toBe('idle')
  const running = session.start(config, null)
  session.leave()
  // A browser may freeze the page from here on, so later work would not happen.
  expect(commands).toEqual(['stop'])
  await running
  session.leave()
  expect(commands).toEqual(['stop'])
})

test('a stopped run first saves finished steps; a hanging one stops anyway', async () => {
  for (const [keeping, limit] of [
    [Promise.resolve(), 0],
    [new Promise<void>(() => undefined), 10_000],
  ] as const) {
    vi.useFakeTimers()
    const { engine, commands } = scripted([token], undefined, keeping)
    const session = new Session(engine, (flush) => flush())
    const running = session.start(config, null)
    const stopping = session.stop()
    expect(commands).toEqual(['keep'])
    expect(session.current.status).toBe('stopping')
    await vi.advanceTimersByTimeAsync(limit)
    expect(commands).toEqual(['keep', 'stop'])
    await Promise.all([running, stopping])
    vi.useRealTimers()
  }
})

test('hiding the page saves the finished steps of its run, and does nothing without a run', async () => {
  const { engine, commands } = scripted([token])
  const session = new Session(engine, (flush) => flush())
  session.keep()
  const running = session.start(config, null)
  session.keep()
  await running
  session.keep()
  expect(commands).toEqual(['keep'])
})
