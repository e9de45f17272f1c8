import { Checkpoints } from '../src/runs/checkpoints'
import { openCodeJudge } from './browser_judge'
import { browserPort, serveInBrowser, streamInBrowser } from './browser_worker'
import { fetchFolder } from './fetch_folder'
import { hostRun } from './run_host'

serveInBrowser(
  hostRun(
    {
      openPeer: () =>
        browserPort(new Worker(new URL('./peer.worker.ts', import.meta.url), { type: 'module' })),
      readText: async (base, file) => new TextDecoder().decode(await fetchFolder(base, '.')(file)),
      openJudge: openCodeJudge,
      cores: navigator.hardwareConcurrency,
      hasTabs: true,
      openStore: () => Checkpoints.open(),
    },
    streamInBrowser,
  ),
)
