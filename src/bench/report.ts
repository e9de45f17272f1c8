import type { Backend } from '../model/runtime'
import type { RunConfig } from '../runs/config'

export interface BenchSettings {
  readonly backend: Backend
  readonly peer: RunConfig['peers'][number]
  /** Questions, and rollouts of each: their product is the batch. */
  readonly questions: number
  readonly rollouts: number
  /** Timed rounds; both sides take turns in each. */
  readonly rounds: number
  /** Timed steps of a whole run. */
  readonly steps: number
}

/** One thing that was timed, a value per round. */
export interface Figure {
  readonly name: string
  readonly unit: 'tokens/s' | 's'
  readonly colloquy: readonly number[]
  /** Null where transformers.js has nothing of the kind. */
  readonly transformersJs: readonly number[] | null
}

export interface BenchReport {
  readonly settings: BenchSettings
  /** A processor played the GPU: shapes are smaller, and the figures tell nothing of a GPU. */
  readonly softwareGpu: boolean
  readonly cores: number
  /** wasm threads of either side. */
  readonly threads: number
  readonly maxNewTokens: number
  /** Greedy answers that both sides wrote alike, of so many. */
  readonly sameAnswers: number
  readonly answers: number
  /** Share of the tokens that transformers.js made when sampling that lie behind a row's stop. */
  readonly behindStop: number
  readonly figures: readonly Figure[]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** How many times as fast Colloquy is, or null where there is nothing to compare with. */
export function ratio({ unit, colloquy, transformersJs }: Figure): number | null {
  if (transformersJs === null) return null
  const quotient = median(colloquy) / median(transformersJs)
  return unit === 's' ? 1 / quotient : quotient
}

function row(name: string, unit: string, ours: string, theirs: string, times: string): string {
  return `${name.padEnd(34)} ${unit.padEnd(9)} ${ours.padStart(9)} ${theirs.padStart(16)} ${times.padStart(7)}`
}

/** The report as people read it: medians, and ratios where both sides were timed. */
export function reportText(report: BenchReport): string {
  const { settings, cores, threads, maxNewTokens, sameAnswers, answers, behindStop, figures } = report
  const { backend, peer, questions, rollouts, rounds, steps } = settings
  const gpu = report.softwareGpu ? ['No GPU: a processor plays it, so less is done.'] : []
  const value = (values: readonly number[], unit: Figure['unit']) =>
    unit === 's' ? median(values).toFixed(2) : Math.round(median(values)).toLocaleString('en')
  return [
    `Peer ${peer.id} on ${backend}, ${cores} cores, wasm threads: ${threads} on either side.`,
    ...gpu,
    `${questions} questions, ${rollouts} rollouts each, at most ${maxNewTokens} new tokens.`,
    `Medians of ${rounds} rounds in turns and of ${steps} steps.`,
    '',
    row('', '', 'Colloquy', 'transformers.js', 'ratio'),
    ...figures.map((figure) => {
      const { name, unit, colloquy, transformersJs } = figure
      const times = ratio(figure)
      return row(
        name,
        unit,
        value(colloquy, unit),
        transformersJs === null ? '-' : value(transformersJs, unit),
        times === null ? '-' : `${times.toFixed(1)}x`,
      )
    }),
    '',
    `Greedy answers alike: ${sameAnswers} of ${answers}. Of the tokens transformers.js samples, ` +
      `${Math.round(behindStop * 100)} % lie behind the row's stop and do not count.`,
  ].join('\n')
}
