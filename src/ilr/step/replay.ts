/**
 * Right answers that are trained on the bare question, though another prompt or another peer sampled them.
 */

import type { RunConfig } from '../../config/config'
import { replaysFused } from '../../config/training'
import type { Peer } from '../../model/peer'
import type { RewardGroups } from './advantages'
import { groupOf } from './idea3'
import type { WrittenStage } from './stage'

/** An answer that may be replayed. */
export interface Candidate {
  /** Its joint group, and its index in that group. */
  readonly group: number
  readonly member: number
  readonly promptIds: readonly number[]
  readonly ids: readonly number[]
  readonly correct: boolean
  readonly truncated: boolean
}

/**
 * Each peer's candidates and joint groups. A joint group holds the question's own ideas, then its candidates.
 */
export interface Replays {
  readonly candidates: readonly (readonly Candidate[])[]
  readonly joint: RewardGroups
}

/**
 * Returns the other peers' ideas for `share-only`, each peer's own fused answers for methods with a discussion.
 * Null where nothing is replayed.
 */
export async function replaysOf(
  config: RunConfig,
  peers: readonly Peer[],
  { share, fuse }: { readonly share: WrittenStage; readonly fuse: WrittenStage },
): Promise<Replays | null> {
  if (config.method === 'share-only') return sharedIdeas(peers, share)
  if (!replaysFused(config) || fuse.questions.length === 0) return null
  return fusedAnswers(share, fuse)
}

/** Builds the joint group of each discussed question: its G ideas, then its fused answers. */
function fusedAnswers(share: WrittenStage, fuse: WrittenStage): Replays {
  const [ideas, answers] = [share.rollouts, fuse.rollouts]
  const rewards = fuse.rewards.map((fused, i) =>
    fuse.questions.flatMap((q, j) => [...groupOf(share.rewards[i], q, ideas), ...groupOf(fused, j, answers)]),
  )
  const candidates = fuse.completions.map((rows, i) =>
    rows.map(({ ids, truncated }, row): Candidate => {
      const group = Math.floor(row / answers)
      const { promptIds } = share.completions[i][fuse.questions[group] * ideas]
      const { correct } = fuse.rewards[i][row]
      return { group, member: ideas + (row % answers), promptIds, ids, correct, truncated }
    }),
  )
  return { candidates, joint: { rewards, size: ideas + answers } }
}

/** Builds the joint group of each question: the peer's G ideas, then those of each other peer. */
async function sharedIdeas(
  peers: readonly Peer[],
  { rollouts, completions, rewards, questions }: WrittenStage,
): Promise<Replays> {
  const order = peers.map((_, i) => [i, ...peers.map((_, l) => l).filter((l) => l !== i)])
  const joint = order.map((members) =>
    questions.flatMap((q) => members.flatMap((l) => groupOf(rewards[l], q, rollouts))),
  )
  const candidates = await Promise.all(
    peers.map(async (peer, i) => {
      const found: (Omit<Candidate, 'ids'> & { readonly text: string })[] = []
      order[i].slice(1).forEach((l, place) => {
        completions[l].forEach(({ text, truncated }, row) => {
          const { correct } = rewards[l][row]
          if (!correct) return
          const group = Math.floor(row / rollouts)
          const { promptIds } = completions[i][group * rollouts]
          const member = (place + 1) * rollouts + (row % rollouts)
          found.push({ group, member, promptIds, text, correct, truncated })
        })
      })
      // Another peer may tokenize differently, so only its text is shared.
      const ids = await peer.encode(found.map(({ text }) => text))
      return found.map(({ text: _, ...candidate }, n): Candidate => ({ ...candidate, ids: ids[n] }))
    }),
  )
  return { candidates, joint: { rewards: joint, size: peers.length * rollouts } }
}
