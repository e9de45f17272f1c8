import { fail } from './fail'
import { type Command, type GivenOptions, helpText, type Options, readOptions } from './options'

/** Runs a command with the arguments of this process: prints its help text where that is asked for, else works. */
export async function runCommand<O extends Options>(
  command: Command<O>,
  work: (given: GivenOptions<O>) => Promise<void> | void,
): Promise<void> {
  try {
    const given = readOptions(command, process.argv.slice(2))
    if (given === null) console.log(helpText(command))
    else await work(given)
  } catch (error) {
    fail(error)
  }
}
