import { availableParallelism } from 'node:os'
import { requiredFile } from '../src/model/import/folder_files'
import { MemoryCheckpoints } from '../src/runs/memory_checkpoints'
import { openCodeJudge, openThread, serveInNode, streamInNode } from './node/node_worker'
import { readFolder } from './node/read_folder'
import { hostRun } from './run_host'

const store = new MemoryCheckpoints()

serveInNode(
  hostRun(
    {
      openPeer: () => openThread(new URL('./peer.node.ts', import.meta.url)),
      readFile: (base, file) => requiredFile(readFolder(base, '.'), '.', file),
      openJudge: openCodeJudge,
      cores: availableParallelism(),
      hasTabs: false,
      openStore: async () => store,
    },
    streamInNode,
  ),
)
