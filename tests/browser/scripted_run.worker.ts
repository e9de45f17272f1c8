import { Checkpoints } from '../../src/runs/checkpoints'
import { serveInBrowser, streamInBrowser } from '../../workers/browser_worker'
import { pageWorker } from '../../workers/page_workers'
import { hostRun } from '../../workers/run_host'

/** The real run worker but for its peers, which have scripts instead of models. */
serveInBrowser(
  hostRun(
    {
      openPeer: () => pageWorker('peer'),
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
