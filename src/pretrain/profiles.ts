import { mixed } from '../tasks/mixed'
import { halves, type WordProblemTask, wordProblems } from '../tasks/word_problems'

/** Plan for pretraining an embedded peer. */
export interface PeerProfile {
  readonly id: string
  /** Its pretraining task. Peers of one task discuss with each other. */
  readonly task: WordProblemTask
  /** Readings that it never gets right alone: pretraining teaches it a wrong one (`misreading`). */
  readonly missing: readonly string[]
  /** Skill in which it often makes a slip alone; only peers of `mixed` have one. */
  readonly slipsIn?: string
  /** Decoder layers; peers may differ in size. */
  readonly layers: number
  /** Optimizer steps of pretraining. A simpler task, or a peer that may know less, takes fewer. */
  readonly steps: number
}

/**
 * Embedded peers. Every skill is known to some peer. `dee` and `eli` each know one half of every question of
 * `halves`. Each peer of `mixed` lacks one half of the questions to merge and slips in one of both skills of a duel.
 */
export const PROFILES: readonly PeerProfile[] = [
  { id: 'ada', task: wordProblems, missing: ['cmp', 'times'], layers: 3, steps: 2800 },
  { id: 'bo', task: wordProblems, missing: ['addsub', 'three'], layers: 3, steps: 2800 },
  { id: 'cy', task: wordProblems, missing: ['muladd', 'times'], layers: 4, steps: 1500 },
  { id: 'dee', task: halves, missing: ['bags'], layers: 3, steps: 2800 },
  { id: 'eli', task: halves, missing: ['lose'], layers: 3, steps: 2800 },
  { id: 'fay', task: mixed, missing: ['bags'], slipsIn: 'wide-cmp', layers: 3, steps: 4500 },
  { id: 'gus', task: mixed, missing: ['lose'], slipsIn: 'wide-three', layers: 3, steps: 4500 },
  { id: 'hal', task: mixed, missing: ['bags'], slipsIn: 'wide-three', layers: 3, steps: 4500 },
  { id: 'ida', task: mixed, missing: ['lose'], slipsIn: 'wide-cmp', layers: 3, steps: 4500 },
]

/** Returns the peers that a peer may meet in a discussion. */
export function partnersOf(profile: PeerProfile): PeerProfile[] {
  return PROFILES.filter(({ id, task }) => id !== profile.id && task === profile.task)
}
