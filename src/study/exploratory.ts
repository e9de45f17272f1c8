/** Everything else that a scenario's runs say. It has neither bar nor verdict: with so many numbers, some are large by chance. */
import { finalOf, firstOf, meanOod, meanSolo, onKnown } from './measures'
import { REFERENCE_ARM, type Study } from './scenarios'
import {
  atEqualTokens,
  atTheEnd,
  change,
  loss,
  type Measure,
  ofReference,
  overSolo,
  ratio,
  secondsPerStep,
  subtract,
} from './seed_measures'

export interface ExploratoryMeasure {
  readonly text: string
  readonly unit: 'points' | 'share'
  readonly measure: Measure
}

const MOMENTS = [
  ['start', firstOf],
  ['end', finalOf],
] as const

export function exploratoryMeasures({ arms }: Study, peers: readonly string[]): ExploratoryMeasure[] {
  const others = Object.keys(arms).filter((arm) => arm !== REFERENCE_ARM)
  // Arms that were made to keep what the reference loses.
  const keeping = [REFERENCE_ARM, ...others.filter((arm) => arms[arm].keeps)]
  const byTokens = others.filter((arm) => arms[arm].match === 'tokens')
  return [
    ...byTokens.flatMap((arm) => [
      points(`ilr − ${arm} at equal trained tokens`, atEqualTokens(arm, 'trainedTokens')),
      points(`ilr − ${arm} at equal generated tokens`, atEqualTokens(arm, 'generatedTokens')),
    ]),
    ...others
      .filter((arm) => arms[arm].match === 'steps')
      .map((arm) => points(`ilr − ${arm} at the end`, atTheEnd(arm))),
    ...costRatios('full'),
    ...keeping.map((arm) =>
      points(
        `${arm}, loss of known skills, sampled at T = 1`,
        loss(arm, ({ sampled }, scenario) => onKnown(sampled, scenario)),
      ),
    ),
    ...peers.flatMap((peer) => [
      ...(['idea3', 'debate'] as const).flatMap((method) =>
        MOMENTS.map(([when, moment]) =>
          points(
            `ilr, ${peer}: ${method} − solo at the ${when}`,
            ofReference(moment, overSolo(method, peer)),
          ),
        ),
      ),
      ...keeping.map((arm) =>
        points(
          `${arm}, ${peer}: idea3, end − start`,
          change(arm, ({ idea3 }) => idea3[peer] ?? null),
        ),
      ),
    ]),
    ...MOMENTS.map(([when, moment]) =>
      points(
        `ilr, vote of all peers’ samples − mean solo at the ${when}`,
        ofReference(moment, (line) => subtract(line.vote ?? null, meanSolo(line))),
      ),
    ),
    points('ilr, harder questions than any trained on, end − start', change(REFERENCE_ARM, meanOod)),
  ]
}

function points(text: string, measure: Measure): ExploratoryMeasure {
  return { text, unit: 'points', measure }
}

function costRatios(arm: string): ExploratoryMeasure[] {
  return (
    [
      ['seconds per step', secondsPerStep],
      ['generated tokens', (run) => finalOf(run).generatedTokens],
      ['trained tokens', (run) => finalOf(run).trainedTokens],
    ] satisfies [string, Parameters<typeof ratio>[1]][]
  ).map(([what, cost]) => ({ text: `ilr : ${arm}, ${what}`, unit: 'share', measure: ratio(arm, cost) }))
}
