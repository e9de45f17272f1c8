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
  'f16',
  'model',
  'encode',
] as const
export type Suite = (typeof SUITES)[number]

/**
 * `wasm` and `webgpu` are in Chromium; `node` is wasm without a browser; `null-device` is a WebGPU in node that
 * executes nothing.
 */
export const PLACES = ['wasm', 'webgpu', 'node', 'null-device'] as const
export type Place = (typeof PLACES)[number]

/** Suites about a page, which node has none of. */
const OF_PAGES: readonly Suite[] = ['load', 'frames', 'memory']

/** Suites about GPUs. */
const OF_GPUS: readonly Suite[] = ['f16']

export function runsOn(suite: Suite, place: Place): boolean {
  if (OF_GPUS.includes(suite)) return place === 'webgpu'
  if (suite === 'encode' || place === 'null-device') return suite === 'encode' && place === 'null-device'
  return place !== 'node' || !OF_PAGES.includes(suite)
}

/** The adapter as WebGPU describes it. */
export interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  /** A software GPU: shapes are smaller, and times say nothing about a GPU. */
  readonly software: boolean
}

/** The result of a suite. */
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
 * Replaces the entries of the suites and places that `added` has, and sorts by suite and place. A GPU and a software GPU are two
 * places.
 */
export function mergeEntries(entries: readonly BenchEntry[], added: readonly BenchEntry[]): BenchEntry[] {
  const order = ({ suite, place, adapter }: BenchEntry) =>
    2 * (SUITES.indexOf(suite) * PLACES.length + PLACES.indexOf(place)) + (adapter?.software ? 1 : 0)
  const replaced = (entry: BenchEntry) => added.some((other) => order(other) === order(entry))
  return [...entries.filter((entry) => !replaced(entry)), ...added].sort((a, b) => order(a) - order(b))
}

/**
 * Reads a file of results as JSON; null if it is missing. JSON writes a sample that is not a number as null: it comes back as NaN,
 * which meets no bar.
 * @param list the member that must be a list
 * @throws ColloquyError `storage` for a damaged file
 */
export function readJson(
  path: string,
  list: string,
  command: string,
): Readonly<Record<string, unknown>> | null {
  if (!existsSync(path)) return null
  const damaged = (found: string, cause?: unknown) =>
    new ColloquyError(
      {
        code: 'storage',
        what: path,
        found,
        wanted: `results of ${command}`,
        todo: 'Restore it, or remove it and measure again',
      },
      { cause },
    )
  let value: Record<string, unknown> | null
  try {
    value = JSON.parse(readFileSync(path, 'utf8'), (key, item) =>
      item === null && /^\d+$/.test(key) ? Number.NaN : item,
    )
  } catch (cause) {
    throw damaged('a file that cannot be read as JSON', cause)
  }
  if (!Array.isArray(value?.[list])) throw damaged(`no list of ${list}`)
  return value
}

/** Writes a file and the folders above it. @throws ColloquyError `storage` if it cannot be written */
export function writeText(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
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

/** Entries of a file of results, none if it is missing. @throws ColloquyError `storage` for a damaged file */
export function readResults(path: string): BenchEntry[] {
  const results = readJson(path, 'entries', 'npm run bench')
  return results === null ? [] : (results.entries as BenchEntry[])
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
