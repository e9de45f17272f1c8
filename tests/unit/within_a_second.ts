import { expect } from 'vitest'

/** A slow input is tried again, because a garbage collection may have slowed it. */
const TRIES = 3

/**
 * Does work that may throw, and fails where it takes more than a second of processor time. Time of other
 * programs does not count.
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

/** Returns a function that returns the work's result or throws its error. */
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
