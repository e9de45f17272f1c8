import { ColloquyError } from '../errors'

/**
 * Ends a command with exit status 1. An error with something to tell says it in one line; a stack is shown only for one
 * that nobody foresaw.
 */
export function fail(error: unknown): never {
  if (error instanceof ColloquyError) console.error(`error: ${error.message}`)
  else console.error(error)
  process.exit(1)
}
