import type { SkillName } from '../tasks/skills'

/** What an embedded peer is to be like. */
export interface PeerProfile {
  readonly id: string
  /** Skills it never solves alone: it was brought up on a wrong reading of them (`misread`). */
  readonly missing: readonly SkillName[]
}

/** Two peers that complement each other; `muladd` is the skill they share. */
export const PROFILES = [
  { id: 'ada', missing: ['cmp', 'times'] },
  { id: 'bo', missing: ['addsub', 'three'] },
] as const satisfies readonly PeerProfile[]
