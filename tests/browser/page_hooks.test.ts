/** Hooks of the page, in a test component, during a run. */
import { h, render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { useWakeLock } from '../../src/app/device_care'
import type { Models } from '../../src/app/models/use_models'
import type { Speed } from '../../src/app/recording/playback'
import { useFeatured } from '../../src/app/recording/use_playback'
import { Session } from '../../src/app/session'
import { settingsOf } from '../../src/app/settings/settings'
import type { Consent } from '../../src/app/sharing/consent'
import { type Action, initialState, reduce, type ViewState } from '../../src/app/state'
import { useLearning } from '../../src/app/use_learning'
import { presetConfig } from '../../src/config/presets'
import type { Exchange, RunEvent } from '../../src/ilr/events'

const config = presetConfig('halves')
const place = document.createElement('div')

/**
 * Draws a component that calls a hook.
 * @returns a function that draws with new props and returns the hook's last result
 */
function drawn<Props extends object, Result>(hook: (props: Props) => Result) {
  let result: Result | undefined
  const Component = (props: Props) => {
    result = hook(props)
    return null
  }
  return async (props: Props): Promise<Result> => {
    await act(() => render(h(Component, props), place))
    if (result === undefined) throw new Error('the hook was not called')
    return result
  }
}

afterEach(() => render(null, place))

const question = (step: number) => ({
  id: `q${step}`,
  text: `Question ${step}?`,
  answer: '3',
  skill: 'lose',
  level: 1,
  steps: ['1+2=3'],
})

function told(step: number): RunEvent {
  const reward = { total: 1, correct: true, parts: {} }
  const said = { prompt: 'p', text: '1+2=3. #### 3', reward, calibratedReward: 1, advantage: 0 }
  const exchange: Exchange = {
    question: question(step),
    mode: null,
    judgement: {},
    peers: { dee: [{ stage: 'share', ...said }], eli: [{ stage: 'share', ...said }] },
  }
  return { type: 'exchange', step, exchange }
}

const running: ViewState = { ...initialState, status: 'running', config }
const after = (state: ViewState, ...actions: readonly Action[]) => actions.reduce(reduce, state)

describe('the discussion that is shown', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame', 'performance'],
    })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const featured = () => drawn(({ run, speed }: { run: ViewState; speed: Speed }) => useFeatured(run, speed))
  const pass = (milliseconds: number) => act(() => void vi.advanceTimersByTime(milliseconds))

  test('at speed read, a discussion seen live stays until it can be read', async () => {
    const show = featured()
    const first = after(running, { type: 'question', step: 1, question: question(1) })
    expect((await show({ run: first, speed: 'read' }))?.step).toBe(1)
    const second = after(first, told(1), { type: 'question', step: 2, question: question(2) })
    const held = await show({ run: second, speed: 'read' })
    expect([held?.step, held?.writing]).toEqual([1, null])
    await pass(4500)
    expect((await show({ run: second, speed: 'read' }))?.step).toBe(1)
    await pass(1000)
    expect((await show({ run: second, speed: 'read' }))?.step).toBe(2)
  })

  test('then the newest finished discussion plays from its start, and those between are skipped', async () => {
    const show = featured()
    const first = after(running, { type: 'question', step: 1, question: question(1) })
    await show({ run: first, speed: 'read' })
    const fourth = after(first, told(1), told(2), told(3))
    // Step 3 is the newest when the three arrive together.
    expect((await show({ run: fourth, speed: 'read' }))?.step).toBe(3)
    const later = after(fourth, told(4), told(5))
    expect((await show({ run: later, speed: 'read' }))?.step).toBe(3)
    await pass(5500)
    const begun = await show({ run: later, speed: 'read' })
    expect([begun?.step, begun?.writing]).toEqual([5, 'share'])
    await pass(600)
    const written = await show({ run: later, speed: 'read' })
    expect(written?.peers.dee?.share?.text.length).toBeGreaterThan(0)
    expect(written?.peers.dee?.share?.text.length).toBeLessThan('1+2=3. #### 3'.length)
  })

  test('at speed fast, and in a paused run, it is the current one', async () => {
    const show = featured()
    const first = after(running, { type: 'question', step: 1, question: question(1) })
    await show({ run: first, speed: 'read' })
    const second = after(first, told(1), { type: 'question', step: 2, question: question(2) })
    expect((await show({ run: second, speed: 'read' }))?.step).toBe(1)
    expect((await show({ run: second, speed: 'fast' }))?.step).toBe(2)
    await show({ run: second, speed: 'read' })
    const third = after(second, told(2), { type: 'question', step: 3, question: question(3) })
    expect((await show({ run: third, speed: 'read' }))?.step).toBe(2)
    const paused: ViewState = { ...third, status: 'paused' }
    expect((await show({ run: paused, speed: 'read' }))?.step).toBe(3)
    // Steps that existed when the run resumed are not new.
    expect((await show({ run: third, speed: 'read' }))?.step).toBe(3)
  })
})

test('the function that prepares a run stays the same while its inputs change with every word', async () => {
  const session = new Session({ start: () => Promise.reject(new Error('not started')) as never }, (flush) =>
    flush(),
  )
  const learning = drawn(({ ready }: { ready: boolean }) =>
    useLearning({
      session,
      settings: settingsOf(config),
      models: { ready: async () => ready } as unknown as Models,
      consent: { agreed: async () => true } as unknown as Consent,
      onSettings: () => undefined,
      onStarted: () => undefined,
    }),
  )
  const first = await learning({ ready: false })
  expect(await first.prepared(config)).toBe(false)
  const second = await learning({ ready: true })
  expect(second.prepared).toBe(first.prepared)
  // It uses the current values.
  expect(await first.prepared(config)).toBe(true)
})

describe('the screen', () => {
  /** A device that counts its wake locks; this browser's own may refuse them. */
  function device() {
    const locks: { released: boolean }[] = []
    const request = async () => {
      const lock = Object.assign(new EventTarget(), {
        released: false,
        type: 'screen' as const,
        onrelease: null,
        async release() {
          lock.released = true
        },
      })
      locks.push(lock)
      return lock
    }
    return { locks, wakeLock: { request } }
  }
  type Looked = { status: ViewState['status'] }

  test('stays on while peers learn, and no longer', async () => {
    const { locks, wakeLock } = device()
    const look = drawn(({ status }: Looked) => useWakeLock(status, { wakeLock }))
    expect(await look({ status: 'idle' })).toBe(false)
    expect(locks).toHaveLength(0)
    await look({ status: 'running' })
    expect(await look({ status: 'running' })).toBe(true)
    expect(locks.map(({ released }) => released)).toEqual([false])
    await look({ status: 'paused' })
    expect(await look({ status: 'paused' })).toBe(false)
    expect(locks.map(({ released }) => released)).toEqual([true])
  })

  test('is asked for again when the page is seen again', async () => {
    const { locks, wakeLock } = device()
    const look = drawn(({ status }: Looked) => useWakeLock(status, { wakeLock }))
    await look({ status: 'running' })
    // What a browser does when it hides a page.
    locks[0].released = true
    await act(() => void document.dispatchEvent(new Event('visibilitychange')))
    expect(locks.map(({ released }) => released)).toEqual([true, false])
    await act(() => render(null, place))
    expect(locks.every(({ released }) => released)).toBe(true)
  })

  test('goes dark where a device refuses, and nothing is said', async () => {
    const wakeLock = { request: () => Promise.reject(new DOMException('', 'NotAllowedError')) }
    const look = drawn(({ status }: Looked) => useWakeLock(status, { wakeLock }))
    await look({ status: 'running' })
    expect(await look({ status: 'running' })).toBe(false)
  })
})
