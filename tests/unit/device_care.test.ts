import { expect, it, test } from 'vitest'
import { LoadingMark, pageMemory } from '../../src/app/device_care'

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15'
const MACINTOSH = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15'

test.each([
  ['an iPhone', { userAgent: IPHONE, maxTouchPoints: 5 }, 1.5e9],
  ['an iPad, which calls itself a Macintosh', { userAgent: MACINTOSH, maxTouchPoints: 5 }, 1.5e9],
  ['a Mac', { userAgent: MACINTOSH, maxTouchPoints: 0 }, null],
  ['a small Chromebook', { userAgent: 'CrOS', maxTouchPoints: 0, deviceMemory: 4 }, 4 * 2 ** 30],
  ['8 GiB or more', { userAgent: 'Linux', maxTouchPoints: 0, deviceMemory: 8 }, null],
])('the memory that a page has on %s', (_, facts, bytes) => {
  expect(pageMemory(facts)).toBe(bytes)
})

/** The storage of one tab, which outlives its page. */
function tab() {
  const kept = new Map<string, string>()
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  }
}

it('remembers a tab that was ended while it loaded, once', () => {
  const storage = tab()
  const first = new LoadingMark(storage)
  expect(first.wasEnded).toBe(false)
  first.follow('loading')
  expect(new LoadingMark(storage).wasEnded).toBe(true)
  expect(new LoadingMark(storage).wasEnded).toBe(false)
})

it('does not take a page that was loaded or left for one that was ended', () => {
  const storage = tab()
  const loaded = new LoadingMark(storage)
  loaded.follow('loading')
  loaded.follow('running')
  expect(new LoadingMark(storage).wasEnded).toBe(false)
  const left = new LoadingMark(storage)
  left.follow('loading')
  left.clear()
  expect(new LoadingMark(storage).wasEnded).toBe(false)
})
