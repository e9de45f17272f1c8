import { PLACES, type Place, runsOn, SUITES, type Suite } from '../../bench/results'
import type { RunConfig } from '../../config/config'
import { PRESETS } from '../../config/presets'
import { DTYPES, type Dtype } from '../../model/import/folder_files'
import type { Command, GivenOptions } from '../options'

const PEERS = PRESETS.duet.settings.peers

/** Where full results are kept. */
export const KEPT_RESULTS = 'bench/results.json'

export const BENCH = {
  usage: 'npm run bench --',
  about:
    'Times Colloquy in a headless Chrome, Chromium or Edge (CHROME_PATH says which), in turns with rivals where ' +
    `there are some. Results go to ${KEPT_RESULTS}, each in the place of an older one of its suite and place.`,
  argument: {
    value: 'SUITE',
    help: `Some of: ${SUITES.join(', ')}; all of them unless given`,
    repeats: true,
  },
  options: {
    on: {
      value: PLACES.join('|'),
      help: 'Where the models compute; may be given more than once; wasm unless given (encode: null-device)',
    },
    quick: { help: 'Fewer rounds and smaller shapes; prints only' },
    peer: { value: 'NAME', help: `Whose model: ${PEERS.map(({ id }) => id).join(', ')}` },
    folder: { value: 'DIR', help: 'A model folder as on the hub, for the suite model; prints only' },
    dtype: { value: 'NAME', help: 'Which of its model files; q4 unless given' },
    baseline: {
      value: 'DIR',
      help: 'Another checkout of this repository, installed and built; step runs it, too',
    },
    out: { value: 'FILE', help: 'Where results go instead' },
    report: { help: 'Measures nothing: writes docs/performance.md from the results' },
  },
} satisfies Command

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

type Given = GivenOptions<typeof BENCH.options>

/** Options that say how to measure. */
const MEASURING: readonly Given['names'][number][] = ['on', 'quick', 'peer', 'folder', 'dtype', 'baseline']

/** @throws ColloquyError `config` naming the argument at fault */
export function benchOptions(given: Given): BenchOptions {
  const suites = given.args.map((text) => given.known('suite', text, SUITES))
  const chosen = given.text('peer') ?? PEERS[0].id
  const peer = PEERS.find(({ id }) => id === chosen)
  if (!peer)
    throw given.refusal('--peer', JSON.stringify(chosen), `one of: ${PEERS.map(({ id }) => id).join(', ')}`)
  const quick = given.has('quick')
  const report = given.has('report')
  const measuring = [...suites, ...MEASURING.filter((name) => given.has(name)).map((name) => `--${name}`)]
  if (report && measuring.length > 0)
    throw given.refusal('--report', `${measuring.join(' ')} next to it`, 'only --out: it measures nothing')
  const folder = given.text('folder')
  if (
    folder !== null &&
    (given.has('peer') || suites.some((suite) => suite !== 'model') || suites.length === 0)
  )
    throw given.refusal(
      '--folder',
      [...suites, ...(given.has('peer') ? ['--peer'] : [])].join(' ') || 'all suites',
      'the suite model alone',
    )
  const dtype = given.choice('dtype', DTYPES)
  if (dtype !== null && folder === null) throw given.refusal('--dtype', dtype, '--folder next to it')
  const places = given.all('on').map((text) => given.known('--on', text, PLACES))
  return {
    runs: report ? [] : runsOf(given, suites, places),
    quick,
    peer,
    folder,
    dtype: dtype ?? undefined,
    baseline: given.text('baseline'),
    out: given.text('out') ?? (quick || folder !== null ? null : KEPT_RESULTS),
    report,
  }
}

/**
 * Every wanted suite on every wanted place; one that was asked for by name must run there. Without a place a suite
 * runs on wasm, or where it can.
 */
function runsOf(given: Given, suites: readonly Suite[], places: readonly Place[]): BenchOptions['runs'] {
  const named = [...new Set(suites)]
  if (places.length === 0)
    return (named.length > 0 ? named : SUITES.filter((suite) => runsOn(suite, 'wasm'))).map((suite) => ({
      suite,
      place: PLACES.find((place) => runsOn(suite, place)) ?? 'wasm',
    }))
  const runs = [...new Set(places)].flatMap((place) =>
    (named.length > 0 ? named : SUITES.filter((suite) => runsOn(suite, place))).map((suite) => ({
      suite,
      place,
    })),
  )
  const stray = runs.find(({ suite, place }) => !runsOn(suite, place))
  if (stray) {
    const able = PLACES.filter((place) => runsOn(stray.suite, place))
    throw given.refusal(`suite ${stray.suite}`, `--on ${stray.place}`, `--on ${able.join(' or ')}`)
  }
  return runs
}
