/** Results of the benchmark as they are kept: one entry for each suite and place. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ColloquyError } from '../errors'
import type { Figure } from './figures'
import type { Fit } from './fit'

export const SUITES = [
  'decode',
  'logprobs',
  'train',
  'step',
  'load',
  'frames',
  'memory',
  'scaling',
  'model',
] as const
export type Suite = (typeof SUITES)[number]

/** `wasm` and `webgpu` are in Chromium; `node` is wasm without a browser. */
export const PLACES = ['wasm', 'webgpu', 'node'] as const
export type Place = (typeof PLACES)[number]

/** What they are about is a page. */
const OF_PAGES: readonly Suite[] = ['load', 'frames', 'memory']

export function runsOn(suite: Suite, place: Place): boolean {
  return place !== 'node' || !OF_PAGES.includes(suite)
}

/** The GPU as WebGPU tells of it. */
export interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  /** A processor plays the GPU: the figures tell nothing of a GPU, and shapes are smaller. */
  readonly software: boolean
}

/** What a suite found. */
export interface SuiteOutcome {
  /** Shapes and settings in sentences: whatever else a reader needs to take the same numbers. */
  readonly setting: readonly string[]
  readonly figures: readonly Figure[]
  readonly fits: readonly Fit[]
}

export interface BenchEntry extends SuiteOutcome {
  readonly suite: Suite
  readonly place: Place
  readonly quick: boolean
  /** ISO, UTC. */
  readonly date: string
  /** Of this repository; `-changed` behind it where files differ from it. */
  readonly commit: string
  readonly machine: { readonly processor: string; readonly cores: number; readonly memoryGiB: number }
  readonly adapter: AdapterInfo | null
  /** Browser or node, and packages. */
  readonly versions: Readonly<Record<string, string>>
  /** wasm threads of each side. */
  readonly threads: number
  readonly peer: string
}

/**
 * The entries with `added` in the places of those of the same suite and place, in the order of suites and places. A GPU and a processor that
 * plays one are two places.
 */
export function mergeEntries(entries: readonly BenchEntry[], added: readonly BenchEntry[]): BenchEntry[] {
  const order = ({ suite, place, adapter }: BenchEntry) =>
    2 * (SUITES.indexOf(suite) * PLACES.length + PLACES.indexOf(place)) + (adapter?.software ? 1 : 0)
  const replaced = (entry: BenchEntry) => added.some((other) => order(other) === order(entry))
  return [...entries.filter((entry) => !replaced(entry)), ...added].sort((a, b) => order(a) - order(b))
}

/** @throws ColloquyError `storage` where the file cannot be read or is none of results; a missing one has no entries */
export function readResults(path: string): BenchEntry[] {
  if (!existsSync(path)) return []
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'), withoutNumbers)
  } catch (cause) {
    throw damaged(path, 'a file that cannot be read as JSON', cause)
  }
  const entries = (value as { entries?: unknown } | null)?.entries
  if (!Array.isArray(entries)) throw damaged(path, 'no list of entries')
  return entries as BenchEntry[]
}

/** JSON writes null for what is no number; of lists, only those of samples have such. It must stay one that no bar lets pass. */
function withoutNumbers(key: string, value: unknown): unknown {
  return value === null && /^\d+$/.test(key) ? Number.NaN : value
}

function damaged(path: string, found: string, cause?: unknown): ColloquyError {
  const todo = 'Restore it, or remove it and measure again'
  return new ColloquyError(
    { code: 'storage', what: path, found, wanted: 'results of npm run bench', todo },
    { cause },
  )
}

/** @throws ColloquyError `storage` where it cannot be written */
export function writeResults(path: string, entries: readonly BenchEntry[]): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, resultsText(entries))
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'storage',
        what: path,
        found: `a file that cannot be written (${(cause as NodeJS.ErrnoException).code})`,
        wanted: 'a writable file',
        todo: 'Name one in a folder that you may write to',
      },
      { cause },
    )
  }
}

const SAMPLE_DIGITS = 5

/** JSON with one line for each figure and fit, and samples to five digits: short enough to be compared by eye. */
export function resultsText(entries: readonly BenchEntry[]): string {
  const list = (items: readonly unknown[]) =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `        ${compact(item)}`).join(',\n')}\n      ]`
  const blocks = entries.map(({ figures, fits, setting, ...head }) => {
    const lines = Object.entries(head).map(([name, value]) => `      "${name}": ${JSON.stringify(value)}`)
    lines.push(
      `      "setting": ${list(setting)}`,
      `      "figures": ${list(figures)}`,
      `      "fits": ${list(fits)}`,
    )
    return `    {\n${lines.join(',\n')}\n    }`
  })
  return `{\n  "entries": [\n${blocks.join(',\n')}\n  ]\n}\n`
}

function compact(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'number' ? Number(item.toPrecision(SAMPLE_DIGITS)) : item,
  )
}
