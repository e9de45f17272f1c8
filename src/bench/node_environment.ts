import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openThread } from '../../workers/node/node_worker'
import { readFolder } from '../../workers/node/read_folder'
import type { Environment } from './suite'

/** Node keeps its collector to itself unless it is asked for it. */
async function heldHeap(): Promise<number> {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Suites in this process: engines in threads, model folders of the project, no other library. */
export function nodeEnvironment(say: Environment['say']): Environment {
  return {
    base: ROOT,
    openPeer: () => openThread(new URL('../../workers/peer.node.ts', import.meta.url)),
    openLab: () => openThread(new URL('./lab/lab.node.ts', import.meta.url)),
    openHub: null,
    openTrainingPeers: null,
    readFolder: (source) => readFolder(ROOT, source),
    heldHeap,
    say,
  }
}
