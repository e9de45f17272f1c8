import { expect } from 'vitest'

/** An input that takes long may have met the garbage collector: it is tried again. */
const TRIES = 3

/**
 * Does the work, which may throw, and fails where that takes the processor more than a second; what other
 * programs take does not count.
 */
export function withinASecond<T>(work: () => T): T {
  let seconds = Number.POSITIVE_INFINITY
  let end: () => T = work
  for (let tries = 0; tries < TRIES && seconds >= 1; tries++) {
    const before = process.cpuUsage()
    end = outcome(work)
    const { user, system } = process.cpuUsage(before)
    seconds = (user + system) / 1e6
  }
  expect(seconds, 'seconds for one input').toBeLessThan(1)
  return end()
}

/** What came of it: gives it, or throws it. */
function outcome<T>(work: () => T): () => T {
  try {
    const value = work()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}
