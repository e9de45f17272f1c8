/** The result of a shared run, and its comparison with another run. */
import { DIGEST_START, FIRST_DIGEST_START } from '../ilr/digest_chain'

/**
 * The beginning of the digest after a step. A run's digests form a chain, so runs that differ once differ in
 * all later steps.
 */
export interface Mark {
  readonly step: number
  /** Hexadecimal digits. */
  readonly begins: string
}

export interface SharedResult {
  /**
   * Start of its chain of digests, see `DIGEST_START`. Chains of different versions of Colloquy cannot be
   * compared.
   */
  readonly chain: string
  /** Number of steps it had made. */
  readonly steps: number
  /** Full digest after the last of them. */
  readonly digest: string
  /** Marks of steps before the last, ascending and evenly spaced. */
  readonly marks: readonly Mark[]
  /**
   * First and last solo accuracy on held-out questions, in the order of the peers; null where it was not
   * measured twice.
   */
  readonly solo: readonly (readonly [before: number, after: number])[] | null
}

/** Three bytes: another digest begins with them once in 16 million. */
export const MARK_DIGITS = 6
/** Maximum marks in a link; they take 480 characters. */
export const MOST_MARKS = 120

export type Verdict =
  /** The digests belong to different versions of Colloquy. */
  | { readonly kind: 'incomparable' }
  /** Presets have changed since the run was shared, so its link now names another run. */
  | { readonly kind: 'drifted' }
  /** Equal up to step `step` (0 before any comparison); more steps follow. */
  | { readonly kind: 'so-far'; readonly step: number; readonly of: number }
  | { readonly kind: 'reproduced'; readonly steps: number }
  /** Equal after step `after` but not after step `by`; steps between them were not compared. */
  | { readonly kind: 'parted'; readonly after: number; readonly by: number; readonly of: number }

/** Step events of a run, as far as needed here. */
export type TrainedSteps = readonly {
  readonly step: number
  readonly digest?: string
  readonly chain?: string
}[]
/** Evaluation events of a run, as far as needed here. */
type Evaluations = readonly { readonly solo: Readonly<Record<string, number>> }[]

/** Returns the result of a run so far; null before its first step, or where the last digest is unknown. */
export function resultOf(
  steps: TrainedSteps,
  evaluations: Evaluations,
  peers: readonly string[],
): SharedResult | null {
  const last = steps.at(-1)
  if (last?.digest === undefined) return null
  const every = Math.ceil(last.step / MOST_MARKS)
  const marks = steps.flatMap(({ step, digest }) =>
    digest !== undefined && step % every === 0 && step < last.step
      ? [{ step, begins: digest.slice(0, MARK_DIGITS) }]
      : [],
  )
  // A run resumed from steps of an earlier version lacks some marks; then only its end is shared.
  const whole = marks.length === Math.floor((last.step - 1) / every)
  const [first, end] = [evaluations[0], evaluations.at(-1)]
  const solo =
    first === undefined || end === undefined || first === end
      ? null
      : peers.map((peer) => [rounded(first.solo[peer]), rounded(end.solo[peer])] as const)
  return { chain: chainOf(last), steps: last.step, digest: last.digest, marks: whole ? marks : [], solo }
}

function chainOf({ chain = FIRST_DIGEST_START }: TrainedSteps[number]): string {
  return chain
}

function rounded(share: number): number {
  return Math.round(share * 1e4) / 1e4
}

/** Compares a run with a shared result. `drifted` is as in `SharedRun`. */
export function verdictOf(result: SharedResult, steps: TrainedSteps, drifted = false): Verdict {
  if (drifted) return { kind: 'drifted' }
  const last = steps.at(-1)
  if (result.chain !== (last === undefined ? DIGEST_START : chainOf(last))) return { kind: 'incomparable' }
  const digests = new Map(steps.map(({ step, digest }) => [step, digest]))
  let after = 0
  for (const { step, begins } of [...result.marks, { step: result.steps, begins: result.digest }]) {
    const digest = digests.get(step)
    if (digest === undefined) continue
    if (!digest.startsWith(begins)) return { kind: 'parted', after, by: step, of: result.steps }
    after = step
  }
  return after === result.steps
    ? { kind: 'reproduced', steps: result.steps }
    : { kind: 'so-far', step: after, of: result.steps }
}

export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'incomparable':
      return 'The shared run and this one began in different versions of Colloquy, whose digests cannot be compared.'
    case 'drifted':
      return 'The presets have changed since this run was shared. It is now another run, so the digests are not compared.'
    case 'so-far':
      return verdict.step === 0
        ? `Nothing to compare yet: 0 of ${verdict.of} steps.`
        : `Reproduced up to step ${verdict.step} of ${verdict.of}.`
    case 'reproduced':
      return `Reproduced: all ${verdict.steps} steps came out the same, bit by bit.`
    case 'parted': {
      const { after, by, of } = verdict
      const where = by === after + 1 ? `at step ${by}` : `somewhere in steps ${after + 1} to ${by}`
      const before = after === 0 ? '' : ` Up to step ${after} it was the same.`
      return `Not the same: this run parted from the shared one ${where} of ${of}.${before}`
    }
  }
}
