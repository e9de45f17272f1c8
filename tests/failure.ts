/** What goes wrong, for a test to look at. */
import { ColloquyError } from '../src/errors'

/** What `work` throws; an error of another kind goes on, and none at all is one. */
export function failure(work: () => unknown): ColloquyError {
  try {
    work()
  } catch (error) {
    return known(error)
  }
  throw new Error('nothing was thrown')
}

/** As `failure`, of work under way. */
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
