/** What a run trains, as its settings decide it together. */
import { discussionId } from '../model/peer'
import { STAGES, type Stage } from '../tasks/task'
import { hasDiscussion, type RunConfig } from './config'

/** Adapter that writes a peer's analyses and fused answers (see the setting). */
export type DiscussionAdapter = 'shared' | 'separate' | 'base'

/**
 * Returns the adapter of a run's discussions. Methods without a discussion in training have `shared`. A
 * separate adapter with nothing to train on would stay as it began, so that run has `base`.
 */
export function discussionAdapterOf({
  method,
  discussionAdapter,
  trainStages,
  trainContext,
}: Pick<RunConfig, 'method' | 'discussionAdapter' | 'trainStages' | 'trainContext'>): DiscussionAdapter {
  if (!hasDiscussion({ method })) return 'shared'
  const trains =
    trainStages.includes('analyze') || (trainStages.includes('fuse') && trainContext !== 'question')
  return discussionAdapter === 'separate' && !trains ? 'base' : (discussionAdapter ?? 'shared')
}

/**
 * Returns the stages whose completions a run learns from. Without a discussion these are the ideas. Where the
 * base writes the discussion, they are the ideas and the fused answers that are replayed.
 */
export function trainedStages(
  config: Pick<RunConfig, 'method' | 'discussionAdapter' | 'trainStages' | 'trainContext'>,
): readonly Stage[] {
  const { trainStages, trainContext } = config
  if (!hasDiscussion(config)) return ['share']
  const wanted = STAGES.filter((stage) => trainStages.includes(stage))
  if (discussionAdapterOf(config) !== 'base') return wanted
  return wanted.filter((stage) => stage === 'share' || (stage === 'fuse' && trainContext !== 'discussion'))
}

/** Whether right fused answers are trained on the bare question. */
export function replaysFused(config: RunConfig): boolean {
  return trainedStages(config).includes('fuse') && config.trainContext !== 'discussion'
}

/** Returns the names of the adapters that a run trains: those of the peers, then those of their discussions. */
export function adapterIds(config: RunConfig): readonly string[] {
  const peers = config.peers.map(({ id }) => id)
  return discussionAdapterOf(config) === 'separate' ? [...peers, ...peers.map(discussionId)] : peers
}
