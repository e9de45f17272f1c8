/**
 * The claims that the study is about, by scenario. They are named before a scenario's runs, because a claim picked by its
 * result proves nothing. Holm's correction counts those of one scenario together.
 */
import { finalOf, firstOf, onKnown, onMissing } from './measures'
import type { StudyLine } from './results'
import { REFERENCE_ARM } from './scenarios'
import { atEqualTokens, atTheEnd, change, loss, type Measure, ofReference, overSolo } from './seed_measures'
import type { Bar } from './verdict'

export interface PrimaryClaim {
  readonly id: string
  readonly text: string
  /** Points are differences of accuracies, shares are accuracies or ratios. */
  readonly unit: 'points' | 'share'
  readonly bar: Bar
  /** The claim is about each of these measures: one, or one for every peer or mode. */
  readonly measures: (peers: readonly string[]) => readonly Measure[]
}

/** Mean over seeds, in points: what an arm must be ahead by, or a loss must stay below. */
const atLeast = (points: number): Bar => ({ direction: 'at least', value: points / 100 })
const atMost = (points: number): Bar => ({ direction: 'at most', value: points / 100 })
/** A difference smaller than a point is none. */
const NOT_WORSE = atLeast(-1)

/** Questions that the claim about the stronger peer needs. */
const MANY_QUESTIONS = 1000

function over(arm: string, points: number) {
  return {
    text: `ilr − ${arm} at equal generated tokens`,
    unit: 'points',
    bar: atLeast(points),
    measures: () => [atEqualTokens(arm, 'generatedTokens')],
  } as const
}

function notWorseThan(arm: string) {
  return {
    text: `ilr − ${arm} at the end`,
    unit: 'points',
    bar: NOT_WORSE,
    measures: () => [atTheEnd(arm)],
  } as const
}

function overFixedModes(points: number) {
  return {
    text: 'ilr − each fixed mode at the end',
    unit: 'points',
    bar: atLeast(points),
    measures: () => [atTheEnd('cooperate'), atTheEnd('compete')],
  } as const
}

function fusingKept(points: number) {
  return {
    text: 'ilr, every peer: Idea3, end − start',
    unit: 'points',
    bar: atLeast(points),
    measures: (peers: readonly string[]) =>
      peers.map((peer) => change(REFERENCE_ARM, ({ idea3 }) => idea3[peer] ?? null)),
  } as const
}

const KNOWN_KEPT = {
  text: 'ilr, loss of known skills, sampled at T = 1',
  unit: 'points',
  bar: atMost(2),
  measures: () => [loss(REFERENCE_ARM, ({ sampled }, scenario) => onKnown(sampled, scenario))],
} as const

/** Idea3 − solo of the peer that is better alone; null where fewer questions were asked than the claim needs. */
function ofStrongerPeer(line: StudyLine): number | null {
  const [strongest] = Object.keys(line.solo).sort((a, b) => line.solo[b] - line.solo[a])
  return line.n < MANY_QUESTIONS ? null : overSolo('idea3', strongest)(line)
}

export const PRIMARY_CLAIMS: Readonly<Record<string, readonly PrimaryClaim[]>> = {
  duet: [
    { id: 'duet/solo', ...over('solo', 10) },
    { id: 'duet/share-only', ...over('share-only', 0) },
    {
      id: 'duet/missing',
      text: 'ilr, missing skills at the end',
      unit: 'share',
      bar: atLeast(50),
      measures: () => [ofReference(finalOf, ({ skills }, scenario) => onMissing(skills, scenario))],
    },
    { id: 'duet/known', ...KNOWN_KEPT },
    { id: 'duet/modes', ...overFixedModes(-1) },
    { id: 'duet/calibration', ...notWorseThan('no-calibration') },
    { id: 'duet/fusing', ...fusingKept(-1) },
    { id: 'duet/full', ...notWorseThan('full') },
  ],
  halves: [
    { id: 'halves/solo', ...over('solo', 5) },
    { id: 'halves/share-only', ...over('share-only', 5) },
    { id: 'halves/modes', ...overFixedModes(-1) },
    { id: 'halves/calibration', ...notWorseThan('no-calibration') },
    { id: 'halves/fusing', ...fusingKept(-1) },
    { id: 'halves/full', ...notWorseThan('full') },
  ],
  mixed: [
    { id: 'mixed/modes', ...overFixedModes(3) },
    { id: 'mixed/share-only', ...over('share-only', 5) },
    { id: 'mixed/self-debate', ...over('self-debate', 5) },
    { id: 'mixed/solo', ...over('solo', 10) },
    { id: 'mixed/fusing', ...fusingKept(-2) },
    {
      id: 'mixed/stronger',
      text: `Idea3 − solo of the stronger peer at the start, ${MANY_QUESTIONS.toLocaleString('en')} questions`,
      unit: 'points',
      bar: atLeast(-1),
      measures: () => [ofReference(firstOf, ofStrongerPeer)],
    },
    { id: 'mixed/known', ...KNOWN_KEPT },
  ],
}
