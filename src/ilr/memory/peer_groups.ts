import type { RunConfig } from '../../config/config'
import type { Dtype } from '../../model/import/folder_files'

/** Peers in one worker that share one set of weights. */
export interface PeerGroup {
  readonly source: string
  readonly dtype?: Dtype
  readonly ids: string[]
  /** Members of `ids` that think before they answer. */
  readonly thinking: string[]
}

/**
 * Groups peers that share a worker and its weights: peers of one model folder and dtype with `sharedBase`,
 * otherwise each peer alone.
 */
export function peersByWorker(peers: RunConfig['peers'], sharedBase: boolean): PeerGroup[] {
  const groups: PeerGroup[] = []
  for (const { id, source, dtype, thinking } of peers) {
    const known = sharedBase
      ? groups.find((group) => group.source === source && group.dtype === dtype)
      : undefined
    const group = known ?? { source, dtype, ids: [], thinking: [] }
    if (!known) groups.push(group)
    group.ids.push(id)
    if (thinking) group.thinking.push(id)
  }
  return groups
}
