import { loadInWorker } from '../../workers/peer_host'
import type { RunConfig } from '../config/config'
import { createRun } from '../ilr/live_run'
import type { Run } from '../ilr/run'
import type { Peer } from '../model/peer'
import { wordProblems } from '../tasks/word_problems'
import type { Environment } from './suite'

/** A run on word problems in this thread, its peers in workers of their own; `see` may put something in front of each. */
export function localRun(
  config: RunConfig,
  threads: number,
  { base, openPeer }: Environment,
  see: (peer: Peer) => Peer = (peer) => peer,
): Run {
  return createRun(config, {
    openTask: async () => ({ task: wordProblems, notes: [], close: () => undefined }),
    async loadPeers({ peers, ...rest }) {
      const loaded = await Promise.all(
        peers.map(({ id, source }) =>
          loadInWorker(openPeer(), { ...rest, ids: [id], source, base, threads }, () => undefined),
        ),
      )
      return loaded.flat().map(see)
    },
    now: () => performance.now(),
    saveState: async () => undefined,
    finish: async () => undefined,
    loadState: async () => null,
  })
}
