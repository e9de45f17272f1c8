import { Checkpoints } from '../../src/runs/checkpoints'
import { browserPort, serveInBrowser, streamInBrowser } from '../../workers/browser_worker'
import { hostRun } from '../../workers/run_host'

/** The real run worker but for its peers, which have scripts instead of models. */
serveInBrowser(
  hostRun(
    {
      openPeer: () =>
        browserPort(new Worker(new URL('./scripted_peer.worker.ts', import.meta.url), { type: 'module' })),
      cores: 2,
      readText: async (_, file) => file,
      openJudge: () => {
        throw new TypeError('no code is judged here')
      },
      hasTabs: true,
      openStore: () => Checkpoints.open(),
    },
    streamInBrowser,
  ),
)
