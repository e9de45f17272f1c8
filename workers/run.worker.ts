import { Checkpoints } from '../src/runs/checkpoints'
import { serveInBrowser, streamInBrowser } from './browser_worker'
import { fetchFolder } from './fetch_folder'
import { WorkerJudge } from './judge_host'
import { pageWorker } from './page_workers'
import { hostRun } from './run_host'

/** The workers of a run, which its page starts. */
export type RunWorkerKind = 'peer' | 'judge'

serveInBrowser(
  hostRun(
    {
      openPeer: () => pageWorker<RunWorkerKind>('peer'),
      readText: async (base, file) => new TextDecoder().decode(await fetchFolder(base, '.')(file)),
      openJudge: () => new WorkerJudge(() => pageWorker<RunWorkerKind>('judge')),
      cores: navigator.hardwareConcurrency,
      hasTabs: true,
      openStore: () => Checkpoints.open(),
    },
    streamInBrowser,
  ),
)
