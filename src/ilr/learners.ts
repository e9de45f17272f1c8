import type { RunConfig } from '../config/config'
import { discussionAdapterOf, trainedStages } from '../config/training'
import type { Peer } from '../model/peer'
import type { Stage } from '../tasks/task'

/** An adapter that a run trains. */
export interface Learner<P extends Peer = Peer> {
  /** Holds the adapter: a peer, or the one that writes its discussions. */
  readonly writer: P
  /** Index of the peer. */
  readonly index: number
  /** Texts that the adapter writes. */
  readonly writes: 'everything' | 'answers' | 'discussions'
  /** Stages whose rollouts it trains on, on the prompts that they were sampled from. */
  readonly stages: readonly Stage[]
  /** Whether it trains on right answers replayed on the bare question. */
  readonly replays: boolean
}

/**
 * Returns the adapters that a run trains: one of each peer, in order, then those of their discussions where
 * they are separate.
 */
export function learnersOf<P extends Peer & { readonly discussion?: P }>(
  config: RunConfig,
  peers: readonly P[],
): Learner<P>[] {
  const adapter = discussionAdapterOf(config)
  const sampled = trainedStages(config).filter(
    (stage) => stage !== 'fuse' || config.trainContext !== 'question',
  )
  const own = peers.map((writer, index): Learner<P> => {
    const shared = adapter === 'shared'
    const stages = sampled.filter((stage) => shared || stage === 'share')
    return { writer, index, writes: shared ? 'everything' : 'answers', stages, replays: true }
  })
  if (adapter !== 'separate') return own
  const stages = sampled.filter((stage) => stage !== 'share')
  const others = peers.map(({ id, discussion: writer }, index): Learner<P> => {
    if (!writer) throw new TypeError(`${id} was loaded without an adapter for its discussions`)
    return { writer, index, writes: 'discussions', stages, replays: false }
  })
  return [...own, ...others]
}

/** Returns the peers that hold a run's adapters. */
export function adapterHolders(config: RunConfig, peers: readonly Peer[]): Peer[] {
  return learnersOf(config, peers).map(({ writer }) => writer)
}
