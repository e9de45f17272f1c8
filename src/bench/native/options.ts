import { ColloquyError } from '../../errors'
import { readArguments } from '../arguments'

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
  const given = readArguments(args, OPTIONS, bad, (text) => {
    throw bad('argument', JSON.stringify(text), 'options only')
  })
  if (given.has('help')) return null
  return {
    quick: given.has('quick'),
    adapter: given.get('adapter')?.at(-1) ?? null,
    allowSoftware: given.has('allow-software'),
    json: given.get('json')?.at(-1) ?? null,
  }
}
