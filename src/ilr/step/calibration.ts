import type { AdvantageReport } from '../../grpo/types'
import { mean } from '../../report/averages'

/** An advantage that moves by less than this has only rounding and the std's epsilon to thank. */
export const MOVED = 1e-3

/** What calibration did to a step's groups. Groups whose rewards are all equal have no advantages to move. */
export interface CalibrationEffect {
  /** Mean |A(R~) - A(R)| over all groups. */
  readonly shift: number
  /** Share of calibration terms that were cut, in [0, 1]. */
  readonly clipped: number
  /** Mean over groups with unequal rewards of mean |A(R~) - A(R)| / mean |A(R)|; NaN without such groups. */
  readonly relativeShift: number
  /** Share of these groups with an advantage that moved by more than `MOVED`; NaN without such groups. */
  readonly moved: number
}

/** Sums up the reports of all groups of a step that have advantages. */
export function calibrationEffect(reports: readonly AdvantageReport[]): CalibrationEffect {
  const groups = reports.flatMap(({ relativeShift, largestShift, zeroVariance }) =>
    Array.from(zeroVariance, (zero, g) => ({ zero, relative: relativeShift[g], largest: largestShift[g] })),
  )
  const unequal = groups.filter(({ zero }) => zero === 0)
  return {
    shift: mean(reports.map(({ shift }) => shift)),
    clipped: mean(reports.map(({ clippedFraction }) => clippedFraction)),
    relativeShift: mean(unequal.map(({ relative }) => relative)),
    moved: mean(unequal.map(({ largest }) => Number(largest > MOVED))),
  }
}
