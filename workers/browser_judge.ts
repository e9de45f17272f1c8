import type { CodeJudge } from '../src/tasks/code_judge'
import { browserPort } from './browser_worker'
import { WorkerJudge } from './judge_host'

/** A judge of code in a web worker, which is started, and QuickJS fetched, with the first program. */
export function openCodeJudge(patienceSeconds?: number): CodeJudge {
  const open = () =>
    browserPort(new Worker(new URL('./judge.worker.ts', import.meta.url), { type: 'module' }))
  return new WorkerJudge(open, patienceSeconds)
}
