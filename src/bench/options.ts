import { parseArgs } from 'node:util'
import { ColloquyError } from '../errors'
import type { Backend } from '../model/runtime'
import { PRESETS } from '../runs/presets'
import type { BenchSettings } from './report'

const PEERS = PRESETS.duet.settings.peers
const BACKENDS: readonly Backend[] = ['wasm', 'webgpu']

export const BENCH_HELP = `npm run bench -- [options]

Times an embedded peer in a headless Chrome, Chromium or Edge (CHROME_PATH says which), next to
transformers.js on the same model, backend and prompts, in turns.

  --quick                 fewer rounds and steps
  --backend wasm|webgpu   where the models compute (default wasm)
  --peer NAME             which peer: ${PEERS.map(({ id }) => id).join(', ')}
  --json FILE             also write every timing to FILE
  --help                  this text
`

export interface BenchOptions {
  readonly settings: BenchSettings
  /** Where the timings go, or null. */
  readonly json: string | null
}

function bad(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'See npm run bench -- --help'
  return new ColloquyError({ code: 'config', what, found, wanted, todo })
}

const OPTIONS = {
  quick: { type: 'boolean' },
  backend: { type: 'string' },
  peer: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/**
 * Reads the arguments of `bench`; null asks for the help text.
 * @throws ColloquyError `config` naming the option at fault.
 */
export function parseBenchOptions(args: readonly string[]): BenchOptions | null {
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
  const peer = PEERS.find(({ id }) => id === (given.peer ?? PEERS[0].id))
  if (!peer)
    throw bad('--peer', JSON.stringify(given.peer), `one of: ${PEERS.map(({ id }) => id).join(', ')}`)
  const backend = BACKENDS.find((name) => name === (given.backend ?? 'wasm'))
  if (!backend) throw bad('--backend', JSON.stringify(given.backend), `one of: ${BACKENDS.join(', ')}`)
  const length = given.quick === undefined ? { rounds: 9, steps: 8 } : { rounds: 3, steps: 3 }
  return { settings: { backend, peer, questions: 8, rollouts: 8, ...length }, json: given.json ?? null }
}

function isOption(name: string): name is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, name)
}
