import type { ReadFile } from '../../model/import/folder_files'
import { type HeadLab, headLab } from './head_lab'
import { type PolicyLab, policyLab } from './policy_lab'
import { type ProductLab, productLab } from './product_lab'

/** The calls of a worker in which one thing is opened and timed. */
export type LabApi = HeadLab & ProductLab & PolicyLab

/** The inside of such a worker. */
export function hostLab(read: (base: string, source: string) => ReadFile): LabApi {
  return { ...headLab(), ...productLab(), ...policyLab(read) }
}
