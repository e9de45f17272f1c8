import type { ReadFile } from '../../model/import/folder_files'
import { type HeadLab, headLab } from './head_lab'
import { type LimitsLab, limitsLab } from './limits_lab'
import { type PolicyLab, policyLab } from './policy_lab'

/** The calls of a worker in which one thing is opened and timed. */
export type LabApi = HeadLab & LimitsLab & PolicyLab

/** The inside of such a worker. */
export function hostLab(read: (base: string, source: string) => ReadFile): LabApi {
  return { ...headLab(), ...limitsLab(), ...policyLab(read) }
}
