/** Plays the recording in git with a clock that the test controls. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Playback, type PlaybackView } from '../../src/app/recording/playback'
import { initialState, reduce } from '../../src/app/state'
import { readRecording } from '../../src/runs/recording'

const recording = readRecording(readFileSync('recordings/halves.jsonl', 'utf8'))
const exchanges = recording.events.filter((event) => event.type === 'exchange')

function played() {
  let now = 1000
  let frame: (() => void) | null = null
  const playback = new Playback(recording, {
    now: () => now,
    nextFrame(callback) {
      expect(frame).toBeNull()
      frame = callback
    },
  })
  const shown: PlaybackView[] = []
  playback.subscribe((view) => shown.push(view))
  /** Draws one frame after this many milliseconds. */
  const step = (milliseconds: number) => {
    now += milliseconds
    const callback = frame
    frame = null
    callback?.()
  }
  /**
   * Draws sixty frames per second.
   * @returns milliseconds until playback requested no more frames
   */
  const frames = (most: number) => {
    let sum = 0
    for (; sum < most && frame !== null; sum += 1000 / 60) step(1000 / 60)
    return sum
  }
  return { playback, shown, waits: () => frame !== null, frame: step, frames }
}

function texts({ state }: PlaybackView): string[] {
  return Object.values(state.exchange?.peers ?? {}).flatMap((stages) =>
    Object.values(stages).map((stage) => stage?.text ?? ''),
  )
}

test('before playback, the first question and the initial accuracy are shown', () => {
  const { playback, waits } = played()
  const { state, playing } = playback.current
  expect(playing).toBe(false)
  expect(waits()).toBe(false)
  expect(state.exchange?.question).toEqual(exchanges[0].exchange.question)
  expect(state.evals).toHaveLength(1)
  expect(state.steps).toHaveLength(0)
})

test('the first ideas are written within two seconds, word by word', () => {
  const { playback, shown, frames } = played()
  playback.play()
  frames(2000)
  const { dee, eli } = playback.current.state.exchange?.peers ?? {}
  const { peers } = exchanges[0].exchange
  expect([dee.share?.text, eli.share?.text]).toEqual([peers.dee[0].text, peers.eli[0].text])
  const lengths = new Set(shown.map(({ state }) => state.exchange?.peers.dee?.share?.text.length))
  expect(lengths.size).toBeGreaterThan(3)
})

test('shows only events of the run, and takes less than two minutes', () => {
  const { playback, shown, frames } = played()
  playback.play()
  const seconds = frames(600_000) / 1000
  expect(seconds).toBeGreaterThan(60)
  expect(seconds).toBeLessThan(120)
  for (const view of shown) {
    const { exchange } = view.state
    const told = exchanges.find(({ step }) => step === exchange?.step)
    const said = Object.values(told?.exchange.peers ?? {}).flatMap((stages) => stages.map(({ text }) => text))
    for (const text of texts(view)) expect(said.some((whole) => whole.startsWith(text))).toBe(true)
  }
})

test('at its end it shows the same as its opened run', () => {
  const { playback, frames } = played()
  playback.play()
  frames(600_000)
  const { config, events } = recording
  const {
    announcement: _,
    status: __,
    checkpoint: ___,
    ...opened
  } = reduce(initialState, { type: 'opened', config, history: events })
  expect(playback.current.state).toMatchObject(opened)
  expect(playback.current).toMatchObject({ playing: false, ended: true })
})

test('a pause holds it, and it resumes from there', () => {
  const { playback, shown, frames, frame, waits } = played()
  playback.play()
  frames(700)
  playback.pause()
  const held = playback.current
  const before = shown.length
  frame(60_000)
  expect(waits()).toBe(false)
  expect(shown).toHaveLength(before)
  expect(playback.current.state).toBe(held.state)
  playback.play()
  frame(1)
  expect(playback.current.state).toBe(held.state)
  frames(300)
  expect(texts(playback.current).join('').length).toBeGreaterThan(texts(held).join('').length)
})

test('pausing and resuming within a frame requests no second one', () => {
  const { playback, frames } = played()
  playback.play()
  playback.pause()
  playback.play()
  expect(frames(100)).toBeGreaterThan(99)
})

test('a page hidden for an hour resumes where it was', () => {
  const { playback, frames, frame } = played()
  playback.play()
  frames(100)
  frame(3_600_000)
  expect(playback.current.ended).toBe(false)
  expect(playback.current.state.step).toBe(0)
})

test('skipped, it is at its end without a frame; replayed, it starts over', () => {
  const { playback, shown, waits } = played()
  playback.skip()
  expect(waits()).toBe(false)
  expect(shown).toHaveLength(1)
  expect(playback.current).toMatchObject({ playing: false, ended: true })
  expect(playback.current.state.step).toBe(recording.config.steps)
  playback.play()
  expect(playback.current).toMatchObject({ playing: true, ended: false })
  expect(playback.current.state.steps).toHaveLength(0)
})
