/** The kernels that read the lm_head. */
export const HEAD_KERNELS = ['token_logprobs', 'token_logprobs_grad', 'sample'] as const
export type HeadKernel = (typeof HEAD_KERNELS)[number]

/** How a kernel divides its rows and the vocabulary among workgroups. Which is fastest differs between devices. */
export interface HeadVariant {
  /** Rows of a workgroup. The head is read once for so many: more means less to read, and more registers. */
  readonly rows: 4 | 8 | 16
  /** Lanes of a workgroup, each with 4 items of the vocabulary at a time. */
  readonly lanes: 64 | 128 | 256
  /** Workgroups to be had at least: with few rows the vocabulary is split until there are as many. */
  readonly workgroups: 512 | 2048
}

/** What is used where nothing was measured: right for small devices, and for a processor that plays one. */
export const DEFAULT_VARIANT: HeadVariant = { rows: 4, lanes: 64, workgroups: 512 }

/**
 * The variants there are, in the order in which they are tried. Results of different variants differ by rounding:
 * sums are made in another order.
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

/** One variant for all kernels. */
export function everyKernel(variant: HeadVariant): Readonly<Record<HeadKernel, HeadVariant>> {
  return { token_logprobs: variant, token_logprobs_grad: variant, sample: variant }
}

export const DEFAULT_VARIANTS = everyKernel(DEFAULT_VARIANT)

/** Bytes a lane, or an item of its four, needs in workgroup memory. */
const LANE_BYTES: Readonly<Record<HeadKernel, (variant: HeadVariant) => number>> = {
  token_logprobs: () => 4 * 16,
  sample: () => 5 * 16,
  token_logprobs_grad: ({ rows }) => 4 * (rows / 4) * 16,
}

/** The variants of a kernel that a device has room for. The default has a place everywhere: 5 KiB are enough. */
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
