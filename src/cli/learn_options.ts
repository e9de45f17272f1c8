import { parseArgs } from 'node:util'
import { ColloquyError } from '../errors'
import type { RunConfig } from '../runs/config'
import { PRESETS, presetConfig } from '../runs/presets'

interface Option {
  readonly value: string
  readonly help: string
  /** The setting it changes, where it is one. */
  readonly setting?: keyof RunConfig
  readonly number?: true
}

const OPTIONS: Readonly<Record<string, Option>> = {
  preset: { value: 'NAME', help: `which ready-made run: ${Object.keys(PRESETS).join(', ')}` },
  steps: { value: 'N', help: 'optimizer steps per peer', setting: 'steps', number: true },
  seed: { value: 'N', help: 'everything random follows from it', setting: 'seed', number: true },
  backend: { value: 'wasm|webgpu', help: 'where the models compute', setting: 'backend' },
  questions: { value: 'Q', help: 'questions per step', setting: 'questionsPerStep', number: true },
  group: {
    value: 'G',
    help: 'rollouts per peer, question and stage',
    setting: 'numGenerations',
    number: true,
  },
  'eval-every': {
    value: 'N',
    help: 'steps between held-out evaluations',
    setting: 'evalEvery',
    number: true,
  },
  'eval-size': { value: 'N', help: 'held-out questions per evaluation', setting: 'evalSize', number: true },
  json: { value: 'FILE', help: 'also write everything to FILE, one JSON object a line' },
}

export const LEARN_HELP = `npm run learn -- [options]

Two small language models discuss questions and learn from each other.
It runs in a headless Chrome, Chromium or Edge where there is one (CHROME_PATH says which), else in node.

${Object.entries(OPTIONS)
  .map(([name, { value, help }]) => `  ${`--${name} ${value}`.padEnd(23)} ${help}`)
  .join('\n')}
  --help                  this text
`

export interface LearnOptions {
  readonly config: RunConfig
  /** Where the JSON lines go, or null. */
  readonly json: string | null
}

function bad(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'See npm run learn -- --help'
  return new ColloquyError({ code: 'config', what, found, wanted, todo })
}

/**
 * Reads the arguments of `learn`; null asks for the help text.
 * @throws ColloquyError `config` naming the option at fault.
 */
export function parseLearnOptions(args: readonly string[]): LearnOptions | null {
  const options = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, { type: 'string' as const }]))
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  })
  const given: Record<string, string> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') throw bad('argument', JSON.stringify(token.value), 'options only')
    if (token.kind !== 'option') continue
    if (token.name === 'help' || token.rawName === '-h') return null
    if (!Object.hasOwn(OPTIONS, token.name))
      throw bad(`option ${token.rawName}`, 'an option that does not exist', `one of: ${names()}`)
    if (token.value === undefined || token.value === '' || token.value.startsWith('--'))
      throw bad(token.rawName, 'no value', `a value (${OPTIONS[token.name].value})`)
    given[token.name] = token.value
  }
  const settings: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(given)) {
    const { setting, number } = OPTIONS[name]
    if (!setting) continue
    if (number && !/^[+-]?\d+(\.\d+)?$/.test(text)) throw bad(`--${name}`, JSON.stringify(text), 'a number')
    settings[setting] = number ? Number(text) : text
  }
  try {
    return { config: presetConfig(given.preset ?? 'duet', settings), json: given.json ?? null }
  } catch (error) {
    throw error instanceof ColloquyError ? named(error) : error
  }
}

/** The same error, with the option's name in place of the setting's. */
function named(error: ColloquyError): ColloquyError {
  const { what, todo } = error.detail
  const option =
    what === 'preset' ? what : Object.keys(OPTIONS).find((name) => OPTIONS[name].setting === what)
  if (option === undefined) return error
  return new ColloquyError({
    ...error.detail,
    what: `--${option}`,
    todo: todo === `Change ${what}` ? `Change --${option}` : todo,
  })
}

function names(): string {
  return Object.keys(OPTIONS)
    .map((name) => `--${name}`)
    .join(', ')
}
