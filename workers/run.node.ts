import { availableParallelism } from 'node:os'
import { openThread, serveInNode, streamInNode } from './node_worker'
import { hostRun } from './run_host'

serveInNode(
  hostRun(
    {
      openPeer: () => openThread(new URL('./peer.node.ts', import.meta.url)),
      cores: availableParallelism(),
      keepsCheckpoints: false,
    },
    streamInNode,
  ),
)
