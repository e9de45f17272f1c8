import { parseArgs } from 'node:util'
import { ColloquyError } from '../errors'
import { folded } from '../report/text'

/** One option of a command: reading and help text both come from it. */
export interface Option {
  /** Placeholder of its value in the help text. An option without one is a switch. */
  readonly value?: string
  readonly help: string
  /** Value where the option is not given. */
  readonly default?: string
  /** Title of the group under which the help text lists it, after those without. */
  readonly group?: string
}

export type Options = Readonly<Record<string, Option>>

/** A command line: how it is typed, what it does and what it takes. */
export interface Command<O extends Options = Options> {
  /** As it is typed before its options, e.g. `npm run film --`. */
  readonly usage: string
  readonly about: string
  /** Arguments that are no options; none are taken where this is not given. */
  readonly argument?: { readonly value: string; readonly help: string; readonly repeats?: boolean }
  readonly options: O
}

type OptionName<O> = keyof O & string
/** What an option gives: nothing is null, unless it has a default. */
type Value<O, Name extends keyof O, T> = O[Name] extends { readonly default: string } ? T : T | null

/** The options and arguments that a command was given. */
export class GivenOptions<O extends Options = Options> {
  constructor(
    private readonly command: Command<O>,
    private readonly given: ReadonlyMap<string, readonly string[]>,
    readonly args: readonly string[],
  ) {}

  /** Names of the options that were given. */
  get names(): OptionName<O>[] {
    return Object.keys(this.command.options).filter((name) => this.given.has(name))
  }

  has(name: OptionName<O>): boolean {
    return this.given.has(name)
  }

  /** Every value of an option that may be given more than once, in order. */
  all(name: OptionName<O>): readonly string[] {
    return this.given.get(name) ?? []
  }

  text<Name extends OptionName<O>>(name: Name): Value<O, Name, string> {
    return this.read(name, (text) => text)
  }

  choice<Name extends OptionName<O>, T extends string>(name: Name, known: readonly T[]): Value<O, Name, T> {
    return this.read(name, (text) => this.known(`--${name}`, text, known))
  }

  wholeNumber<Name extends OptionName<O>>(name: Name, least = 0, most = Infinity): Value<O, Name, number> {
    return this.read(name, (text) => this.whole(`--${name}`, text, least, most))
  }

  /** @throws ColloquyError `config` for a text that is none of the known ones */
  known<T extends string>(what: string, text: string, known: readonly T[]): T {
    const found = known.find((candidate) => candidate === text)
    if (found === undefined) throw this.refusal(what, JSON.stringify(text), `one of: ${known.join(', ')}`)
    return found
  }

  /** @throws ColloquyError `config` for a text that is no whole number in the range */
  whole(what: string, text: string, least: number, most = Infinity): number {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most && Number.isSafeInteger(value)) return value
    const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`
    throw this.refusal(what, JSON.stringify(text), `a whole number ${range}`)
  }

  /** The error for something that the command cannot use. */
  refusal(what: string, found: string, wanted: string): ColloquyError {
    return refusal(this.command, what, found, wanted)
  }

  private read<Name extends OptionName<O>, T>(name: Name, parse: (text: string) => T): Value<O, Name, T> {
    const text = this.given.get(name)?.at(-1) ?? this.command.options[name].default
    return (text === undefined ? null : parse(text)) as Value<O, Name, T>
  }
}

/**
 * Reads the arguments of a command; null asks for its help text.
 * @throws ColloquyError `config` for an option that does not exist, naming the closest; for one that lacks its value or
 *   has one too many; and for arguments that the command does not take
 */
export function readOptions<O extends Options>(
  command: Command<O>,
  args: readonly string[],
): GivenOptions<O> | null {
  const { options, argument } = command
  const types = Object.entries(options).map(([name, { value }]) => [
    name,
    { type: value === undefined ? ('boolean' as const) : ('string' as const) },
  ])
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...Object.fromEntries(types), help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  })
  const given = new Map<string, readonly string[]>()
  const rest: string[] = []
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      rest.push(token.value)
      continue
    }
    const { name, rawName, value } = token
    if (name === 'help') return null
    if (!Object.hasOwn(options, name)) throw unknownOption(command, name, rawName)
    const placeholder = options[name].value
    if (placeholder === undefined && value !== undefined)
      throw refusal(command, rawName, JSON.stringify(value), 'no value')
    if (placeholder !== undefined && (!value || value.startsWith('--')))
      throw refusal(command, rawName, 'no value', `a value (${placeholder})`)
    given.set(name, [...(given.get(name) ?? []), value ?? ''])
  }
  if (rest.length > 0 && !argument)
    throw refusal(command, 'argument', JSON.stringify(rest[0]), 'options only')
  if (rest.length > 1 && !argument?.repeats)
    throw refusal(command, 'arguments', rest.join(' '), `one ${argument?.value}`)
  return new GivenOptions(command, given, rest)
}

function refusal({ usage }: Command, what: string, found: string, wanted: string): ColloquyError {
  return new ColloquyError({ code: 'config', what, found, wanted, todo: `See ${usage} --help` })
}

function unknownOption(command: Command, name: string, rawName: string): ColloquyError {
  const names = [...Object.keys(command.options), 'help']
  const distances = names.map((known) => editDistance(name, known))
  const closest = names[distances.indexOf(Math.min(...distances))]
  return refusal(
    command,
    `option ${rawName}`,
    'an option that does not exist',
    `one that does; the closest is --${closest}`,
  )
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]
}

const WIDTH = 110
const WIDEST_COLUMN = 28

/** The help text of a command: usage, what it does, and a line or more for each argument and option. */
export function helpText({ usage, about, argument, options }: Command): string {
  const rows: { left: string; help: string; group?: string }[] = Object.entries(options).map(
    ([name, { value, help, default: without, group }]) => ({
      left: `--${name}${value === undefined ? '' : ` ${value}`}`,
      help: without === undefined ? help : `${help}; ${without} unless given`,
      group,
    }),
  )
  if (argument) rows.unshift({ left: argument.value, help: argument.help })
  rows.push({ left: '--help', help: 'Prints this text' })
  const column = Math.min(WIDEST_COLUMN, Math.max(...rows.map(({ left }) => left.length + 4)))
  const listed = (wanted?: string) =>
    rows
      .filter(({ group }) => group === wanted)
      .map(({ left, help }) => twoColumns(left, help, column))
      .join('\n')
  const groups = [...new Set(rows.flatMap(({ group }) => group ?? []))]
  const taken = argument ? ` [${argument.value}${argument.repeats ? '…' : ''}]` : ''
  return [
    `${usage}${taken} [options]`,
    about
      .split('\n')
      .flatMap((line) => folded(line, WIDTH))
      .join('\n'),
    listed(),
    ...groups.flatMap((group) => [`${group}:`, listed(group)]),
  ].join('\n\n')
}

/** What is typed and what it means side by side; what is too long for its column has a line of its own. */
function twoColumns(left: string, help: string, column: number): string {
  const indent = ' '.repeat(column)
  const typed = `  ${left}`
  const head = typed.length < column ? typed.padEnd(column) : `${typed}\n${indent}`
  return head + folded(help, WIDTH - column).join(`\n${indent}`)
}
