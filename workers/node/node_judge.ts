import type { CodeJudge } from '../../src/tasks/code/code_judge'
import { WorkerJudge } from '../judge/judge_host'
import { openThread } from './node_worker'

/** A judge of code in a worker thread, which is started with the first program. */
export function openCodeJudge(patienceSeconds?: number): CodeJudge {
  return new WorkerJudge(() => openThread(new URL('../judge.node.ts', import.meta.url)), patienceSeconds)
}
