import { median } from '../../report/averages'
import { bytesText, significant } from '../../report/format'
import { markdownTable } from '../../report/text'
import type { Cost } from './cost'

/** One way to reach a limit, with every timing in microseconds. */
export interface Attempt {
  readonly name: string
  readonly microseconds: readonly number[]
}

/** What this device can do at most, measured: the best of several ways. */
export interface Reference {
  /** Bytes read plus bytes written, and the ways tried. */
  readonly copy: { readonly bytes: number; readonly attempts: readonly Attempt[] }
  readonly matmul: { readonly flops: number; readonly attempts: readonly Attempt[] }
  /** A pass of one kernel that does nothing. */
  readonly launch: Attempt
}

/** A device's limits as numbers. */
export interface Limits {
  readonly gigabytesPerSecond: number
  readonly gigaflopsPerSecond: number
  readonly launchMicroseconds: number
}

export function limitsOf({ copy, matmul, launch }: Reference): Limits {
  const best = (attempts: readonly Attempt[]) => Math.min(...attempts.map((a) => median(a.microseconds)))
  return {
    gigabytesPerSecond: copy.bytes / best(copy.attempts) / 1000,
    gigaflopsPerSecond: matmul.flops / best(matmul.attempts) / 1000,
    launchMicroseconds: median(launch.microseconds),
  }
}

/** A variant of a kernel with every timing; the name is empty for a kernel with one variant. */
export interface TimedVariant extends Attempt {
  /** Whether a run would take this one. */
  readonly chosen: boolean
}

/** What became of a case. */
export type Outcome =
  | { readonly state: 'measured'; readonly ways: readonly TimedVariant[] }
  /** The device has no room for it. */
  | { readonly state: 'too large'; readonly why: string }
  /** Its results are not those of the CPU reference: a time would mean nothing. */
  | { readonly state: 'wrong'; readonly why: string }

export interface NativeRow {
  readonly kernel: string
  /** The model whose sizes these are, or empty. */
  readonly model: string
  readonly shape: string
  readonly cost: Cost
  readonly outcome: Outcome
}

/** Everything measured in one run of `npm run bench:native`. */
export interface NativeReport {
  readonly date: string
  readonly adapter: {
    readonly vendor: string
    readonly architecture: string
    readonly device: string
  }
  readonly driver: string
  /** A processor played the GPU. */
  readonly software: boolean
  readonly versions: { readonly node: string; readonly webgpu: string; readonly platform: string }
  readonly reference: Reference
  readonly rows: readonly NativeRow[]
}

export type Bound = 'memory' | 'arithmetic' | 'launch'

/** A measured row against the device's limits. */
export interface Rates {
  readonly microseconds: number
  readonly gigabytesPerSecond: number
  readonly gigaflopsPerSecond: number
  /** Shares of the copy and of the matmul, 1 being all of it. */
  readonly ofCopy: number
  readonly ofMatmul: number
  /** Which of the three would take longest alone: moving the bytes, the arithmetic, or a launch that does nothing. */
  readonly bound: Bound
}

export function ratesOf({ bytes, flops }: Cost, samples: readonly number[], limits: Limits): Rates {
  const microseconds = median(samples)
  // Bytes per µs are MB/s.
  const gigabytesPerSecond = bytes / microseconds / 1000
  const gigaflopsPerSecond = flops / microseconds / 1000
  const floors: [Bound, number][] = [
    ['memory', bytes / limits.gigabytesPerSecond / 1000],
    ['arithmetic', flops / limits.gigaflopsPerSecond / 1000],
    ['launch', limits.launchMicroseconds],
  ]
  const [bound] = floors.reduce((longest, floor) => (floor[1] > longest[1] ? floor : longest))
  return {
    microseconds,
    gigabytesPerSecond,
    gigaflopsPerSecond,
    ofCopy: gigabytesPerSecond / limits.gigabytesPerSecond,
    ofMatmul: gigaflopsPerSecond / limits.gigaflopsPerSecond,
    bound,
  }
}

function chosenVariant(ways: readonly TimedVariant[]): TimedVariant {
  return ways.find(({ chosen }) => chosen) ?? ways[0]
}

/** Whether some kernel computed something else than it should. */
export function anyWrong({ rows }: NativeReport): boolean {
  return rows.some(({ outcome }) => outcome.state === 'wrong')
}

function referenceText({ copy, matmul, launch }: Reference, limits: Limits): string {
  const fastest = (attempts: Reference['copy']['attempts']) =>
    attempts.reduce((best, a) => (median(a.microseconds) < median(best.microseconds) ? a : best)).name
  return [
    `- Copy: ${significant(limits.gigabytesPerSecond)} GB/s read and written, ${bytesText(copy.bytes / 2)} ` +
      `(${fastest(copy.attempts)}).`,
    `- Matmul, f32: ${significant(limits.gigaflopsPerSecond)} GFLOP/s, ` +
      `${Math.round(Math.cbrt(matmul.flops / 2))} cubed (${fastest(matmul.attempts)}).`,
    `- A launch that does nothing: ${significant(limits.launchMicroseconds)} µs (${launch.name}).`,
  ].join('\n')
}

/** Microseconds of the kernels that have variants, the chosen one set bold; null where there are none. */
function variantsTable(rows: readonly NativeRow[]): string | null {
  const several = rows.flatMap(({ kernel, model, shape, outcome }) =>
    outcome.state === 'measured' && outcome.ways.length > 1
      ? [{ start: [kernel, model, shape], ways: outcome.ways }]
      : [],
  )
  if (several.length === 0) return null
  const names = [...new Set(several.flatMap(({ ways }) => ways.map(({ name }) => name)))]
  const cells = several.map(({ start, ways }) => [
    ...start,
    ...names.map((name) => {
      const way = ways.find((candidate) => candidate.name === name)
      if (way === undefined) return ''
      const time = significant(median(way.microseconds))
      return way.chosen ? `**${time}**` : time
    }),
  ])
  return [
    'The kernels that read the head in each of their variants, in µs; the one that a run chooses is bold.',
    markdownTable(
      ['kernel', 'model', 'shape', ...names],
      cells,
      names.map((_, i) => i + 3),
    ),
  ].join('\n\n')
}

/** The report in Markdown; null before the first run. */
export function nativeMarkdown(report: NativeReport | null): string {
  if (report === null)
    return 'Not measured: no `npm run bench:native -- --json bench/native.json` has been made on a GPU yet.'
  const { adapter, driver, software, versions, date, reference, rows } = report
  const limits = limitsOf(reference)
  const cells = rows.map(({ kernel, model, shape, cost, outcome }) => {
    const start = [kernel, model, shape]
    if (outcome.state !== 'measured') return [...start, outcome.state, '', '', '', '', '']
    const rates = ratesOf(cost, chosenVariant(outcome.ways).microseconds, limits)
    return [
      ...start,
      significant(rates.microseconds),
      significant(rates.gigabytesPerSecond),
      `${significant(100 * rates.ofCopy)} %`,
      significant(rates.gigaflopsPerSecond),
      `${significant(100 * rates.ofMatmul)} %`,
      rates.bound,
    ]
  })
  const head = ['kernel', 'model', 'shape', 'µs', 'GB/s', 'of copy', 'GFLOP/s', 'of matmul', 'nearer bound']
  const reasons = rows.flatMap(({ kernel, shape, outcome }) =>
    outcome.state === 'measured' ? [] : [`- ${kernel}, ${shape}, is ${outcome.state}: ${outcome.why}`],
  )
  const variants = variantsTable(rows)
  const name = [adapter.vendor, adapter.architecture, adapter.device].filter((part) => part !== '').join(' ')
  return [
    `${name}, driver ${driver}; Dawn (webgpu ${versions.webgpu}) in node ${versions.node} on ${versions.platform}; ${date}.`,
    ...(software ? ['**Software adapter: these times say nothing about a GPU.**'] : []),
    referenceText(reference, limits),
    markdownTable(head, cells, [3, 4, 5, 6, 7]),
    ...(variants === null ? [] : [variants]),
    ...(reasons.length > 0 ? [reasons.join('\n')] : []),
  ].join('\n\n')
}
