import { ColloquyError } from '../errors'
import { DTYPES, type Dtype } from '../model/dtypes'
import type { RunConfig } from '../runs/config'
import { PRESETS } from '../runs/presets'
import { readArguments } from './arguments'
import { PLACES, type Place, runsOn, SUITES, type Suite } from './results'

const PEERS = PRESETS.duet.settings.peers

/** Where full results are kept. */
export const KEPT_RESULTS = 'bench/results.json'

export const BENCH_HELP = `npm run bench -- [suite…] [options]

Times Colloquy in a headless Chrome, Chromium or Edge (CHROME_PATH says which), in turns with
others where there are others. Suites: ${SUITES.join(', ')}; all of them where none is named.
Results go to ${KEPT_RESULTS}, each in the place of an older one of its suite and place.

  --on ${PLACES.join('|')}    where the models compute (default wasm); may be given more than once
  --quick                 fewer rounds and smaller shapes; prints only
  --peer NAME             whose model: ${PEERS.map(({ id }) => id).join(', ')}
  --folder DIR            a model folder as on the hub, for the suite model; prints only
  --dtype NAME            which of its model files; q4, computed with in whatever is fastest, unless given
  --baseline DIR          another checkout of this repository, npm ci-ed and built: step runs it, too
  --out FILE              where results are instead
  --report                measures nothing: writes docs/performance.md from the results
  --help                  this text
`

export interface BenchOptions {
  /** What runs, in order. Empty for `report`. */
  readonly runs: readonly { readonly suite: Suite; readonly place: Place }[]
  readonly quick: boolean
  readonly peer: RunConfig['peers'][number]
  /** A model folder on disk in the place of the peer's. */
  readonly folder: string | null
  /** Which of the folder's files. */
  readonly dtype: Dtype | undefined
  readonly baseline: string | null
  /** The file of results; null: printed only. */
  readonly out: string | null
  readonly report: boolean
}

function bad(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'See npm run bench -- --help'
  return new ColloquyError({ code: 'config', what, found, wanted, todo })
}

const OPTIONS = {
  on: { type: 'string', multiple: true },
  quick: { type: 'boolean' },
  peer: { type: 'string' },
  folder: { type: 'string' },
  dtype: { type: 'string' },
  baseline: { type: 'string' },
  out: { type: 'string' },
  report: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
type Name = keyof typeof OPTIONS

/** Options that say how to measure. */
const MEASURING: readonly Name[] = ['on', 'quick', 'peer', 'folder', 'dtype', 'baseline']

/**
 * Reads the arguments of `bench`; null asks for the help text.
 * @throws ColloquyError `config` naming the argument at fault.
 */
export function parseBenchOptions(args: readonly string[]): BenchOptions | null {
  const suites: Suite[] = []
  const given = readArguments(args, OPTIONS, bad, (text) => suites.push(oneOf(SUITES, text, 'suite')))
  if (given.has('help')) return null
  const last = (name: Name) => given.get(name)?.at(-1) ?? null
  const peer = PEERS.find(({ id }) => id === (last('peer') ?? PEERS[0].id))
  if (!peer)
    throw bad('--peer', JSON.stringify(last('peer')), `one of: ${PEERS.map(({ id }) => id).join(', ')}`)
  const quick = given.has('quick')
  const report = given.has('report')
  const measuring = [...suites, ...MEASURING.filter((name) => given.has(name)).map((name) => `--${name}`)]
  if (report && measuring.length > 0)
    throw bad('--report', `${measuring.join(' ')} next to it`, 'only --out: it measures nothing')
  const folder = last('folder')
  if (
    folder !== null &&
    (given.has('peer') || suites.some((suite) => suite !== 'model') || suites.length === 0)
  )
    throw bad(
      '--folder',
      [...suites, ...(given.has('peer') ? ['--peer'] : [])].join(' ') || 'all suites',
      'the suite model alone',
    )
  const dtype = last('dtype')
  if (dtype !== null && folder === null) throw bad('--dtype', dtype, '--folder next to it')
  const places = (given.get('on') ?? ['wasm']).map((place) => oneOf(PLACES, place, '--on'))
  return {
    runs: report ? [] : runsOf(suites, places),
    quick,
    peer,
    folder,
    dtype: dtype === null ? undefined : oneOf(DTYPES, dtype, '--dtype'),
    baseline: last('baseline'),
    out: last('out') ?? (quick || folder !== null ? null : KEPT_RESULTS),
    report,
  }
}

/** Every wanted suite on every wanted place; one that was asked for by name must run there. */
function runsOf(suites: readonly Suite[], places: readonly Place[]): BenchOptions['runs'] {
  const runs = [...new Set(places)].flatMap((place) =>
    [...new Set(suites.length > 0 ? suites : SUITES)]
      .filter((suite) => suites.length > 0 || runsOn(suite, place))
      .map((suite) => ({ suite, place })),
  )
  const stray = runs.find(({ suite, place }) => !runsOn(suite, place))
  if (stray) throw bad(`suite ${stray.suite}`, `--on ${stray.place}`, 'a browser, --on wasm or webgpu')
  return runs
}

function oneOf<T extends string>(names: readonly T[], found: string, what: string): T {
  const name = names.find((known) => known === found)
  if (name === undefined) throw bad(what, JSON.stringify(found), `one of: ${names.join(', ')}`)
  return name
}
