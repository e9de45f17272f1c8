/** Catches errors for tests. */
import { ColloquyError } from '../src/errors'

/** Returns the ColloquyError that `work` throws. Rethrows other errors, and fails if there is none. */
export function failure(work: () => unknown): ColloquyError {
  try {
    work()
  } catch (error) {
    return known(error)
  }
  throw new Error('nothing was thrown')
}

/** Like `failure`, for a promise. */
export async function rejection(work: Promise<unknown>): Promise<ColloquyError> {
  const value = await work.then(
    (value) => JSON.stringify(value),
    (error: unknown) => known(error),
  )
  if (value instanceof ColloquyError) return value
  throw new Error(`nothing was thrown, and ${value} came`)
}

function known(error: unknown): ColloquyError {
  if (error instanceof ColloquyError) return error
  throw error
}
