import type { RunConfig } from '../../config/config'
import type { Dtype } from '../../model/import/folder_files'

/** Peers in one worker, on one set of weights. */
export interface PeerGroup {
  readonly source: string
  readonly dtype?: Dtype
  readonly ids: string[]
  /** Those of them that think before they answer. */
  readonly thinking: string[]
}

/** Which peers share a worker and its weights: those of one model folder where the run says so, otherwise none. */
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
