import { Checkpoints } from '../../src/runs/checkpoints'
import { pageWorker } from '../../workers/browser/page_workers'
import type { RunEnvironment } from '../../workers/run_host'

/** The environment of the real workers, with scripted peers instead of models. */
export const scriptedEnvironment: RunEnvironment = {
  openPeer: () => pageWorker('peer'),
  cores: 2,
  readFile: async (_, file) => new TextEncoder().encode(file),
  openJudge: () => {
    throw new TypeError('no code is judged here')
  },
  hasTabs: true,
  openStore: () => Checkpoints.open(),
}
