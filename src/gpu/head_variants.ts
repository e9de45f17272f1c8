/** The kernels that read the lm_head. */
export const HEAD_KERNELS = ['token_logprobs', 'token_logprobs_grad', 'sample'] as const
export type HeadKernel = (typeof HEAD_KERNELS)[number]

/**
 * How a kernel divides its rows and the vocabulary among workgroups. The fastest variant differs between
 * devices.
 */
export interface HeadVariant {
  /**
   * Rows of a workgroup. It reads the head once for all of them: more rows mean fewer reads and more
   * registers.
   */
  readonly rows: 4 | 8 | 16
  /** Lanes of a workgroup. Each takes 4 items of the vocabulary at a time. */
  readonly lanes: 64 | 128 | 256
  /** Minimum number of workgroups: with few rows the vocabulary is split until there are as many. */
  readonly workgroups: 512 | 2048
}

/** Variant used without a measurement. It suits small devices and software GPU adapters. */
export const DEFAULT_VARIANT: HeadVariant = { rows: 4, lanes: 64, workgroups: 512 }

/**
 * All variants, in the order in which they are tried. Their results differ by rounding, because they add in
 * another order.
 */
export const HEAD_VARIANTS: readonly HeadVariant[] = [
  DEFAULT_VARIANT,
  { rows: 8, lanes: 64, workgroups: 2048 },
  { rows: 8, lanes: 128, workgroups: 2048 },
  { rows: 16, lanes: 64, workgroups: 2048 },
  { rows: 4, lanes: 128, workgroups: 2048 },
  { rows: 8, lanes: 256, workgroups: 512 },
]

export function variantName({ rows, lanes, workgroups }: HeadVariant): string {
  return `${rows} rows, ${lanes} lanes, ${workgroups} workgroups`
}

/** Returns one variant for all kernels. */
export function everyKernel(variant: HeadVariant): Readonly<Record<HeadKernel, HeadVariant>> {
  return { token_logprobs: variant, token_logprobs_grad: variant, sample: variant }
}

export const DEFAULT_VARIANTS = everyKernel(DEFAULT_VARIANT)

/** Bytes of workgroup memory per lane. */
const LANE_BYTES: Readonly<Record<HeadKernel, (variant: HeadVariant) => number>> = {
  token_logprobs: () => 4 * 16,
  sample: () => 5 * 16,
  token_logprobs_grad: ({ rows }) => 4 * (rows / 4) * 16,
}

/**
 * Returns the variants of a kernel that a device has room for. The default fits everywhere: it needs 5 KiB.
 */
export function variantsWithin(
  kernel: HeadKernel,
  limits: Pick<GPUSupportedLimits, 'maxComputeInvocationsPerWorkgroup' | 'maxComputeWorkgroupStorageSize'>,
): HeadVariant[] {
  return HEAD_VARIANTS.filter(
    (variant) =>
      variant.lanes <= limits.maxComputeInvocationsPerWorkgroup &&
      variant.lanes * LANE_BYTES[kernel](variant) <= limits.maxComputeWorkgroupStorageSize,
  )
}
