import { readArguments } from '../bench/arguments'
import { ColloquyError } from '../errors'

/**
 * The path that a command may be given, and nothing else: where it writes to.
 * @param command as it is typed, e.g. `npm run film`
 * @param fallback where none is given
 * @returns null where the help text is asked for
 * @throws ColloquyError `config` for options and for a second path
 */
export function pathArgument(args: readonly string[], command: string, fallback: string): string | null {
  const bad = (what: string, found: string, wanted: string) =>
    new ColloquyError({ code: 'config', what, found, wanted, todo: `See ${command} -- --help` })
  const paths: string[] = []
  const options = { help: { type: 'boolean', short: 'h' } } as const
  const given = readArguments(args, options, bad, (path) => void paths.push(path))
  if (given.has('help')) return null
  if (paths.length > 1) throw bad('arguments', paths.join(' '), 'one path')
  return paths[0] ?? fallback
}
