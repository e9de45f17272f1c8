import type { Peer } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { Reward } from '../tasks/task'
import { groupAdvantages } from './advantages'
import { type Candidate, type Replays, replaysFused, type StageRecord } from './sequences'

/**
 * What may be replayed on the bare question: with ILR each peer's own fused answers; with `share-only` the other peers' ideas.
 * Null where nothing is.
 */
export async function replaysOf(
  config: RunConfig,
  peers: readonly Peer[],
  share: StageRecord,
  fuse: StageRecord,
): Promise<Replays | null> {
  if (config.method === 'share-only') return sharedIdeas(config, peers, share)
  if (!replaysFused(config) || fuse.questions.length === 0) return null
  return fusedAnswers(config, peers, share, fuse)
}

/** The joint group of a discussed question: its G ideas, then its fused answers. */
async function fusedAnswers(
  config: RunConfig,
  peers: readonly Peer[],
  share: StageRecord,
  fuse: StageRecord,
): Promise<Replays | null> {
  const [ideas, answers] = [share.rollouts, fuse.rollouts]
  const joint = peers.map((_, i) =>
    fuse.questions.flatMap((q, j) => [
      ...share.rewards[i].slice(q * ideas, (q + 1) * ideas),
      ...fuse.rewards[i].slice(j * answers, (j + 1) * answers),
    ]),
  )
  const advantages = await groupAdvantages(peers[0], joint, ideas + answers, config)
  const candidates = peers.map((_, i) =>
    fuse.completions[i].map(({ ids, truncated }, row): Candidate => {
      const group = Math.floor(row / answers)
      const { promptIds } = share.completions[i][fuse.questions[group] * ideas]
      const { correct } = fuse.rewards[i][row]
      return { group, member: ideas + (row % answers), promptIds, ids, correct, truncated }
    }),
  )
  return advantages && { candidates, joint: advantages }
}

/** The joint group of a question: the peer's G ideas, then those of each other peer. */
async function sharedIdeas(
  config: RunConfig,
  peers: readonly Peer[],
  share: StageRecord,
): Promise<Replays | null> {
  const { rollouts, completions, rewards, questions } = share
  const order = peers.map((_, i) => [i, ...peers.map((_, l) => l).filter((l) => l !== i)])
  const joint = order.map((members) =>
    questions.flatMap((_, q) =>
      members.flatMap((l): Reward[] => rewards[l].slice(q * rollouts, (q + 1) * rollouts)),
    ),
  )
  const advantages = await groupAdvantages(peers[0], joint, peers.length * rollouts, config)
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
      // Another peer's tokens may be others: only its text is shared.
      const ids = await peer.encode(found.map(({ text }) => text))
      return found.map(({ text: _, ...candidate }, n): Candidate => ({ ...candidate, ids: ids[n] }))
    }),
  )
  return advantages && { candidates, joint: advantages }
}
