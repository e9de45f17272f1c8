import { requiredFile } from '../src/model/import/folder_files'
import { Checkpoints } from '../src/runs/checkpoints'
import { serveInBrowser, streamInBrowser } from './browser/browser_worker'
import { fetchFolder } from './browser/fetch_folder'
import { pageWorker, type RunWorkerKind } from './browser/page_workers'
import { WorkerJudge } from './judge/judge_host'
import { hostRun } from './run_host'

serveInBrowser(
  hostRun(
    {
      openPeer: () => pageWorker<RunWorkerKind>('peer'),
      readFile: (base, file) => requiredFile(fetchFolder(base, '.'), '.', file),
      openJudge: () => new WorkerJudge(() => pageWorker<RunWorkerKind>('judge')),
      cores: navigator.hardwareConcurrency,
      hasTabs: true,
      openStore: () => Checkpoints.open(),
    },
    streamInBrowser,
  ),
)
