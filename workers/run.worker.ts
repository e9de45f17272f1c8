import { browserPort, serveInBrowser, streamInBrowser } from './browser_worker'
import { hostRun } from './run_host'

serveInBrowser(
  hostRun(
    {
      openPeer: () =>
        browserPort(new Worker(new URL('./peer.worker.ts', import.meta.url), { type: 'module' })),
      cores: navigator.hardwareConcurrency,
      keepsCheckpoints: true,
    },
    streamInBrowser,
  ),
)
