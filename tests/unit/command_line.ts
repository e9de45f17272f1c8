import { type Command, type GivenOptions, type Options, readOptions } from '../../src/cli/options'

/** Reads arguments as a command does; null where they ask for its help text. */
export function commandLine<O extends Options, T>(command: Command<O>, read: (given: GivenOptions<O>) => T) {
  return (args: readonly string[]): T | null => {
    const given = readOptions(command, args)
    return given && read(given)
  }
}
