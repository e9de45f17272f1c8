import { SupervisedWorker } from '../../workers/supervised'
import { presetConfig } from '../config/presets'
import type { LabApi } from './lab/lab'
import type { PolicyOptions } from './lab/policy_lab'
import { backendOf, type Environment, type SuiteSettings } from './suite'

export type Lab = SupervisedWorker<LabApi, never>

/** Opens labs, each in a worker of its own, and ends all of them after `work`. */
export async function withLabs<T>(env: Environment, work: (open: () => Lab) => Promise<T>): Promise<T> {
  const labs: Lab[] = []
  try {
    return await work(() => {
      const lab: Lab = new SupervisedWorker(env.openLab(), 'worker of the benchmark', () => undefined)
      labs.push(lab)
      return lab
    })
  } finally {
    for (const lab of labs) lab.terminate()
  }
}

/** Opens a policy in a lab, with the adapter of preset duet. */
export async function withPolicy(
  lab: Lab,
  { place, threads }: SuiteSettings,
  policy: Pick<PolicyOptions, 'model' | 'packed' | 'dtype' | 'f16' | 'f32Accumulation'>,
): Promise<Lab> {
  const { loraRank, loraAlpha } = presetConfig('duet')
  const options = { ...policy, backend: backendOf(place), threads, loraRank, loraAlpha }
  await lab.call((api) => api.openPolicy(options))
  return lab
}
