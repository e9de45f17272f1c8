import { parseArgs } from 'node:util'
import { ColloquyError } from '../../errors'

export const NATIVE_HELP = `npm run bench:native -- [options]

Times every kernel of shaders/ on this machine's GPU through Dawn, without a browser, next to what the same device
does in a plain copy and in its fastest matmul.

  --quick            5 timings of each kernel instead of 20
  --adapter NAME     the GPU whose name contains NAME, where there are several
  --allow-software   also run where a processor plays the GPU, on small shapes that say nothing of a GPU
  --json FILE        also write every timing to FILE
  --help             this text
`

export interface NativeOptions {
  readonly quick: boolean
  /** Part of the adapter's name, or null for the one the system prefers. */
  readonly adapter: string | null
  readonly allowSoftware: boolean
  /** Where the timings go, or null. */
  readonly json: string | null
}

const OPTIONS = {
  quick: { type: 'boolean' },
  adapter: { type: 'string' },
  'allow-software': { type: 'boolean' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

function bad(what: string, found: string, wanted: string): ColloquyError {
  return new ColloquyError({
    code: 'config',
    what,
    found,
    wanted,
    todo: 'See npm run bench:native -- --help',
  })
}

/**
 * Reads the arguments of `bench:native`; null asks for the help text.
 * @throws ColloquyError `config` naming the option at fault.
 */
export function parseNativeOptions(args: readonly string[]): NativeOptions | null {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true })
  const given: Partial<Record<keyof typeof OPTIONS, string>> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') throw bad('argument', JSON.stringify(token.value), 'options only')
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (!isOption(name)) {
      const names = Object.keys(OPTIONS).map((option) => `--${option}`)
      throw bad(`option ${rawName}`, 'an option that does not exist', `one of: ${names.join(', ')}`)
    }
    const takesValue = OPTIONS[name].type === 'string'
    if (takesValue && (!value || value.startsWith('--'))) throw bad(rawName, 'no value', 'a value')
    if (!takesValue && value !== undefined) throw bad(rawName, JSON.stringify(value), 'no value')
    given[name] = value ?? ''
  }
  if (given.help !== undefined) return null
  return {
    quick: given.quick !== undefined,
    adapter: given.adapter ?? null,
    allowSoftware: given['allow-software'] !== undefined,
    json: given.json ?? null,
  }
}

function isOption(name: string): name is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, name)
}
