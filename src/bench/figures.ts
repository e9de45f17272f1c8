/** What the benchmark measures: sides timed in turns, and the bars for the first of them. */
import { median } from '../report/averages'

export interface Side {
  readonly name: string
  /** One value a round; the samples of a round, one of each side, were taken one after the other. */
  readonly samples: readonly number[]
}

/** What is asked of a figure's first side. */
export type Bar =
  /** At least so many times as good as that side: faster, or smaller. */
  | { readonly kind: 'better'; readonly side: string; readonly times: number }
  /** A value of at most so many times that side's. */
  | { readonly kind: 'within'; readonly side: string; readonly times: number }
  /** A value of at most this. */
  | { readonly kind: 'at-most'; readonly value: number }

export interface Figure {
  readonly name: string
  /** E.g. `tokens/s`, `s`, `bytes`, `%`. */
  readonly unit: string
  readonly lessIsBetter: boolean
  /** At least one. The first is what the figure is about, Colloquy mostly. */
  readonly sides: readonly Side[]
  readonly bars: readonly Bar[]
  /** What a reader must know of this figure alone. */
  readonly note?: string
}

/** A figure of samples by side. More is better for a rate, less for anything else. */
export function figure(
  name: string,
  unit: string,
  samples: Readonly<Record<string, readonly number[]>>,
  bars: readonly Bar[] = [],
): Figure {
  const sides = Object.entries(samples).map(([side, values]) => ({ name: side, samples: values }))
  return { name, unit, lessIsBetter: !unit.endsWith('/s'), sides, bars }
}

export type Verdict = 'holds' | 'does not hold'

/** A figure's first side on its own, or next to one of the others. */
export interface Comparison {
  readonly figure: Figure
  /** Median of the first side. */
  readonly value: number
  readonly against: { readonly name: string; readonly value: number } | null
  /**
   * Median over rounds of the quotient of the two samples of a round: for a `within` bar how many times the other side's value,
   * otherwise how many times as good. Null without another side.
   */
  readonly ratio: number | null
  readonly bar: Bar | null
  readonly verdict: Verdict | null
}

/** Median over rounds of a / b. A drift of the machine from round to round is in both and falls out. */
export function pairedQuotient(a: readonly number[], b: readonly number[]): number {
  const rounds = Math.min(a.length, b.length)
  return median(Array.from({ length: rounds }, (_, i) => a[i] / b[i]))
}

/** Every line that there is to say of a figure: one for each other side, and one for what is asked of its own value. */
export function comparisons(figure: Figure): Comparison[] {
  const [own, ...others] = figure.sides
  const value = median(own.samples)
  const lines = others.flatMap((side): Comparison[] => {
    const bars = figure.bars.filter((bar) => bar.kind !== 'at-most' && bar.side === side.name)
    return (bars.length === 0 ? [null] : bars).map((bar) => {
      const quotient = pairedQuotient(own.samples, side.samples)
      const isValue = bar?.kind === 'within' || !figure.lessIsBetter
      const ratio = isValue ? quotient : 1 / quotient
      const against = { name: side.name, value: median(side.samples) }
      return { figure, value, against, ratio, bar, verdict: bar && verdictOf(bar, ratio) }
    })
  })
  const limits = figure.bars.filter((bar) => bar.kind === 'at-most')
  const alone = limits.map(
    (bar): Comparison => ({ figure, value, against: null, ratio: null, bar, verdict: verdictOf(bar, value) }),
  )
  if (lines.length + alone.length === 0)
    return [{ figure, value, against: null, ratio: null, bar: null, verdict: null }]
  return [...lines, ...alone]
}

function verdictOf(bar: Bar, found: number): Verdict {
  return holds(bar, found) ? 'holds' : 'does not hold'
}

function holds(bar: Bar, found: number): boolean {
  switch (bar.kind) {
    case 'better':
      return found >= bar.times
    case 'within':
      return found <= bar.times
    case 'at-most':
      return found <= bar.value
  }
}
