import { SupervisedWorker } from '../../workers/supervised'
import type { LabApi } from './lab/lab'
import type { Environment } from './suite'

export type Lab = SupervisedWorker<LabApi, never>

/** Opens labs, each in a worker of its own, and ends them all when `work` is over. */
export async function withLabs<T>(around: Environment, work: (open: () => Lab) => Promise<T>): Promise<T> {
  const labs: Lab[] = []
  try {
    return await work(() => {
      const lab = new SupervisedWorker<LabApi, never>(
        around.openLab(),
        'worker of the benchmark',
        () => undefined,
      )
      labs.push(lab)
      return lab
    })
  } finally {
    for (const lab of labs) lab.terminate()
  }
}
