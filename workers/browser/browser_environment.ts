import { requiredFile } from '../../src/model/import/folder_files'
import { Checkpoints } from '../../src/runs/checkpoints'
import { WorkerJudge } from '../judge/judge_host'
import type { RunEnvironment } from '../run_host'
import { fetchFolder } from './fetch_folder'
import { pageWorker } from './page_workers'

/** Workers of a run or an inquiry that its page starts. */
export type RunWorkerKind = 'peer' | 'judge'

/** Environment of a run's worker in a page. */
export const browserEnvironment: RunEnvironment = {
  openPeer: () => pageWorker<RunWorkerKind>('peer'),
  readText: async (base, file) =>
    new TextDecoder().decode(await requiredFile(fetchFolder(base, '.'), '.', file)),
  openJudge: () => new WorkerJudge(() => pageWorker<RunWorkerKind>('judge')),
  cores: navigator.hardwareConcurrency,
  hasTabs: true,
  openStore: () => Checkpoints.open(),
}
