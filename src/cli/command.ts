import { ColloquyError } from '../errors'
import { type Command, type GivenOptions, helpText, type Options, readOptions } from './options'

/** Runs a command with the arguments of this process, or prints its help text. An error ends it with exit status 1. */
export async function runCommand<O extends Options>(
  command: Command<O>,
  work: (given: GivenOptions<O>) => Promise<void> | void,
): Promise<void> {
  try {
    const given = readOptions(command, process.argv.slice(2))
    if (given === null) console.log(helpText(command))
    else await work(given)
  } catch (error) {
    // Nobody foresaw an error of another class, so its stack is shown.
    console.error(error instanceof ColloquyError ? `error: ${error.message}` : error)
    process.exit(1)
  }
}
