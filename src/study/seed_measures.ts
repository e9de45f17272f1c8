/** Numbers of one seed. Most of them compare two arms, or two moments of a run. */
import { finalOf, firstOf, meanSolo, type Tokens, whenUsed } from './measures'
import type { StudyLine, StudyRun } from './results'
import { REFERENCE_ARM, type Scenario } from './scenarios'

/** The runs of one scenario with one seed, by arm. */
type OfSeed = (arm: string) => StudyRun | undefined
/** One number of one seed; null if its runs are missing or did not measure it. */
export type Measure = (runs: OfSeed, scenario: Scenario) => number | null

/** The measure of every seed that has one, in the order of the seeds. */
export function valuesOf(measure: Measure, scenario: Scenario, runs: readonly StudyRun[]): number[] {
  const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b)
  return seeds
    .map((seed) => measure((arm) => runs.find((run) => run.arm === arm && run.seed === seed), scenario))
    .filter((value) => value !== null)
}

/** Reference − arm, when the arm had used as many tokens as the reference in all. */
export function atEqualTokens(arm: string, kind: Tokens): Measure {
  return (of) => {
    const reference = of(REFERENCE_ARM)
    const other = of(arm)
    if (!reference || !other) return null
    const end = finalOf(reference)
    const line = whenUsed(other, kind, end[kind])
    return line === null ? null : meanSolo(end) - meanSolo(line)
  }
}

/** Reference − arm, each at its own end. */
export function atTheEnd(arm: string): Measure {
  return (of) => subtract(read(of(REFERENCE_ARM), finalOf, meanSolo), read(of(arm), finalOf, meanSolo))
}

/** What an evaluation of a run says, as one number. */
type Reading = (line: StudyLine, scenario: Scenario) => number | null

/** An arm's change from its first evaluation to its last. */
export function change(arm: string, value: Reading): Measure {
  return (of, scenario) => {
    const at = (moment: Moment) => read(of(arm), moment, (line) => value(line, scenario))
    return subtract(at(finalOf), at(firstOf))
  }
}

/** An arm's loss from its first evaluation to its last. */
export function loss(arm: string, value: Reading): Measure {
  const gain = change(arm, value)
  return (of, scenario) => subtract(0, gain(of, scenario))
}

type Moment = (run: StudyRun) => StudyLine

/** A reading of one of the reference's evaluations. */
export function ofReference(moment: Moment, value: Reading): Measure {
  return (of, scenario) => read(of(REFERENCE_ARM), moment, (line) => value(line, scenario))
}

/** Reference : arm. */
export function ratio(arm: string, cost: (run: StudyRun) => number | null): Measure {
  return (of) => {
    const [own, reference] = [of(arm), of(REFERENCE_ARM)]
    const [a, b] = [own ? cost(own) : null, reference ? cost(reference) : null]
    return a === null || b === null || a === 0 ? null : b / a
  }
}

/** What a discussion of a kind adds to a peer's own answer. */
export function overSolo(method: 'idea3' | 'debate', peer: string): (line: StudyLine) => number | null {
  return (line) => subtract(line[method]?.[peer] ?? null, line.solo[peer] ?? null)
}

/** Seconds of training a step, evaluations not counted. */
export function secondsPerStep(run: StudyRun): number | null {
  const { cost } = finalOf(run)
  return cost && cost.steps > 0 ? cost.seconds / cost.steps : null
}

function read(
  run: StudyRun | undefined,
  moment: Moment,
  value: (line: StudyLine) => number | null,
): number | null {
  return run ? value(moment(run)) : null
}

export function subtract(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b
}
