import { requiredFile } from '../src/model/folder_files'
import { Checkpoints } from '../src/runs/checkpoints'
import { fetchFolder } from './fetch_folder'
import { WorkerJudge } from './judge_host'
import { pageWorker } from './page_workers'
import type { RunSurroundings } from './run_host'

/** The workers of a run or an inquiry, which its page starts. */
export type RunWorkerKind = 'peer' | 'judge'

/** What a worker of the page has around it. */
export const browserSurroundings: RunSurroundings = {
  openPeer: () => pageWorker<RunWorkerKind>('peer'),
  readText: async (base, file) =>
    new TextDecoder().decode(await requiredFile(fetchFolder(base, '.'), '.', file)),
  openJudge: () => new WorkerJudge(() => pageWorker<RunWorkerKind>('judge')),
  cores: navigator.hardwareConcurrency,
  hasTabs: true,
  openStore: () => Checkpoints.open(),
}
