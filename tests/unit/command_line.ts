import { type Command, type GivenOptions, type Options, readOptions } from '../../src/cli/options'

/** Reads arguments like a command; null where they request the help text. */
export function commandLine<O extends Options, T>(command: Command<O>, read: (given: GivenOptions<O>) => T) {
  return (args: readonly string[]): T | null => {
    const given = readOptions(command, args)
    return given && read(given)
  }
}
