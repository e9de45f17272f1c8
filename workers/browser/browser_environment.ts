import { requiredFile } from '../../src/model/import/folder_files'
import { Checkpoints } from '../../src/runs/checkpoints'
import { WorkerJudge } from '../judge/judge_host'
import type { RunEnvironment } from '../run_host'
import { fetchFolder } from './fetch_folder'
import { pageWorker } from './page_workers'

/** The workers of a run or an inquiry, which its page starts. */
export type RunWorkerKind = 'peer' | 'judge'

/** What a worker of the page has around it. */
export const browserEnvironment: RunEnvironment = {
  openPeer: () => pageWorker<RunWorkerKind>('peer'),
  readText: async (base, file) =>
    new TextDecoder().decode(await requiredFile(fetchFolder(base, '.'), '.', file)),
  openJudge: () => new WorkerJudge(() => pageWorker<RunWorkerKind>('judge')),
  cores: navigator.hardwareConcurrency,
  hasTabs: true,
  openStore: () => Checkpoints.open(),
}
