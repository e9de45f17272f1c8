import { ColloquyError } from '../errors'

/**
 * Limits requested at the adapter's maximum. The defaults allow only 8 storage buffers and bindings of 128
 * MiB.
 */
export const RAISED_LIMITS = [
  'maxStorageBuffersPerShaderStage',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[]

export type LimitName = (typeof RAISED_LIMITS)[number]

/**
 * Checks that a device limit is high enough.
 * @throws ColloquyError `limit` with the limit's name, the device's value and the value that `what` needs.
 */
export function requireLimit(
  limits: GPUSupportedLimits,
  name: LimitName,
  wanted: number,
  what: string,
): void {
  if (limits[name] >= wanted) return
  throw new ColloquyError({
    code: 'limit',
    what: `${what}: device limit ${name}`,
    found: String(limits[name]),
    wanted: `at least ${wanted}`,
    todo: 'Use a smaller model or smaller batches, another adapter, or backend "wasm"',
  })
}
