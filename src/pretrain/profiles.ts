import { halves, type WordProblemTask, wordProblems } from '../tasks/word_problems'

/** What an embedded peer is to be like. */
export interface PeerProfile {
  readonly id: string
  /** What it is brought up on. Peers of one task discuss with each other. */
  readonly task: WordProblemTask
  /** Readings that it never gets right alone: it was brought up on a wrong one (`misreading`). */
  readonly missing: readonly string[]
  /** Decoder layers: peers need not be of one size. */
  readonly layers: number
  /** Optimizer steps that bring it up: a simpler task, or a peer that may know less, takes fewer. */
  readonly steps: number
}

/** For every skill some peer has it. `dee` and `eli` have one half each of every question of theirs. */
export const PROFILES: readonly PeerProfile[] = [
  { id: 'ada', task: wordProblems, missing: ['cmp', 'times'], layers: 3, steps: 2800 },
  { id: 'bo', task: wordProblems, missing: ['addsub', 'three'], layers: 3, steps: 2800 },
  { id: 'cy', task: wordProblems, missing: ['muladd', 'times'], layers: 4, steps: 1500 },
  { id: 'dee', task: halves, missing: ['bags'], layers: 3, steps: 2800 },
  { id: 'eli', task: halves, missing: ['lose'], layers: 3, steps: 2800 },
]

/** Whom a peer may meet in a discussion. */
export function partnersOf(profile: PeerProfile): PeerProfile[] {
  return PROFILES.filter(({ id, task }) => id !== profile.id && task === profile.task)
}
