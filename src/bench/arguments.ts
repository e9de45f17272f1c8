import { parseArgs } from 'node:util'
import type { ColloquyError } from '../errors'

/** An option of a command, as `parseArgs` wants it. */
interface Option {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  readonly short?: string
}

/**
 * Reads a command's arguments strictly.
 * @param bad makes the error that names the argument at fault
 * @param onPositional gets what is no option, and may refuse it
 * @returns the values of each option that was given, in order; of one without a value, empty texts
 * @throws what `bad` makes: an option that does not exist, lacks its value or has one too many
 */
export function readArguments<Name extends string>(
  args: readonly string[],
  options: Readonly<Record<Name, Option>>,
  bad: (what: string, found: string, wanted: string) => ColloquyError,
  onPositional: (text: string) => void,
): ReadonlyMap<Name, readonly string[]> {
  const isOption = (name: string): name is Name => Object.hasOwn(options, name)
  const { tokens } = parseArgs({ args: [...args], options: { ...options }, strict: false, tokens: true })
  const given = new Map<Name, readonly string[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') onPositional(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (!isOption(name)) {
      const names = Object.keys(options).map((option) => `--${option}`)
      throw bad(`option ${rawName}`, 'an option that does not exist', `one of: ${names.join(', ')}`)
    }
    const takesValue = options[name].type === 'string'
    if (takesValue && (!value || value.startsWith('--'))) throw bad(rawName, 'no value', 'a value')
    if (!takesValue && value !== undefined) throw bad(rawName, JSON.stringify(value), 'no value')
    given.set(name, [...(given.get(name) ?? []), value ?? ''])
  }
  return given
}
