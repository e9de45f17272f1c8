import { scoped } from '../scope'
import { leaseUploaded } from './buffers'
import type { Gpu } from './device'
import type { GpuHead } from './head'
import {
  DEFAULT_VARIANT,
  everyKernel,
  HEAD_KERNELS,
  type HeadKernel,
  type HeadVariant,
  variantName,
  variantsWithin,
} from './head_variants'
import { sampleOnGpu } from './sample'
import { tokenLogprobsGradOnGpu, tokenLogprobsOnGpu } from './token_logprobs'

/** Keeps what was chosen for good: see `tuneHead`. */
export interface VariantStore {
  /**
   * The text kept under `key`; where there is none, what `make` gives, kept from then on. Only one `make` runs at a
   * time, in all threads that share the store: two that measured at once would disturb each other, and might choose differently.
   */
  once(key: string, make: () => Promise<string>): Promise<string>
}

/** Part of every key: choices made with other kernels or other variants are not taken over. */
const KERNELS_VERSION = 1
/** Few rows keep it short; there are as many workgroups as with many, since the vocabulary is split. */
const ROWS = 64
/** Per kernel. A device so slow that this is used up goes without the variants that are left. */
const BUDGET_MILLISECONDS = 100
/** A batch of runs lasts about this long, so that starting and ending it does not count. */
const BATCH_MILLISECONDS = 4
const MOST_RUNS = 16
/** Another variant has to be this much faster than the default: less may be chance. */
const WORTHWHILE = 0.95

type Variants = Readonly<Record<HeadKernel, HeadVariant>>

/**
 * The head with the variant of each kernel that is fastest on this device, measured once per adapter and shape of
 * head; at most about a third of a second, compiling aside.
 *
 * Variants differ by rounding, so a run repeats only where the choice does: it is taken from `store` ever after, also by
 * those who load the same head at the same time. Without a store (null) or where it fails nothing is measured, for
 * the choice might differ next time, and the default stays; so it does where a processor plays the GPU.
 */
export async function tuneHead(gpu: Gpu, head: GpuHead, store: VariantStore | null): Promise<GpuHead> {
  if (store === null || gpu.info.isFallbackAdapter) return head
  const { vendor, architecture, device, description } = gpu.info
  const shape = [head.format, head.vocabulary, head.width]
  const key = [KERNELS_VERSION, vendor, architecture, device, description, ...shape].join('|')
  try {
    return { ...head, variants: parseChoice(await store.once(key, () => measure(gpu, head)), gpu.limits) }
  } catch {
    // Choosing must not be what a run fails at. What is wrong with the device shows at its first real use.
    return head
  }
}

function formatChoice(variants: Variants): string {
  return HEAD_KERNELS.map((kernel) => variantName(variants[kernel])).join('\n')
}

/** Names unknown here, or of variants this device has no room for, stand for the default. */
function parseChoice(choice: string, limits: GPUSupportedLimits): Variants {
  const names = choice.split('\n')
  const variants: Record<HeadKernel, HeadVariant> = { ...everyKernel(DEFAULT_VARIANT) }
  HEAD_KERNELS.forEach((kernel, i) => {
    const variant = variantsWithin(kernel, limits).find((candidate) => variantName(candidate) === names[i])
    if (variant !== undefined) variants[kernel] = variant
  })
  return variants
}

async function measure(gpu: Gpu, head: GpuHead): Promise<string> {
  // A variant that is short of memory is no news for those around, whose own scope this one covers.
  gpu.device.pushErrorScope('out-of-memory')
  const [choice] = await Promise.allSettled([measureKernels(gpu, head)])
  const shortage = await gpu.device.popErrorScope()
  if (shortage !== null) throw new Error(shortage.message)
  if (choice.status === 'rejected') throw choice.reason
  return choice.value
}

async function measureKernels(gpu: Gpu, head: GpuHead): Promise<string> {
  return scoped(async (scope) => {
    // The shares of these few rows are as large as those of many.
    scope.hold(gpu.buffers, (buffers) => buffers.trim())
    const upload = (data: ArrayBufferView) => leaseUploaded(scope, gpu, 'autotune', data)
    const zeros = (count: number) => upload(new Uint32Array(count))
    const [hidden, hiddenGrad] = [zeros(ROWS * head.width), zeros(ROWS * head.width)]
    const [ids, logprob, entropy, logSumExp] = [zeros(ROWS), zeros(ROWS), zeros(ROWS), zeros(ROWS)]
    const [keys, positions] = [zeros(2 * ROWS), zeros(ROWS)]
    // Rows with coefficient 0 would be passed over.
    const coef = upload(new Float32Array(ROWS).fill(1))
    const rows = { tokens: ROWS, rows: ROWS, hidden, ids, temperature: 1, logSumExp }
    const calls: Readonly<Record<HeadKernel, (of: GpuHead) => Promise<void>>> = {
      token_logprobs: (of) => tokenLogprobsOnGpu(gpu, { ...rows, head: of, logprob, entropy }),
      token_logprobs_grad: (of) => tokenLogprobsGradOnGpu(gpu, { ...rows, head: of, coef, hiddenGrad }),
      sample: (of) => sampleOnGpu(gpu, { ...rows, head: of, keys, positions, logprobs: logprob }),
    }
    const chosen: Record<HeadKernel, HeadVariant> = { ...everyKernel(DEFAULT_VARIANT) }
    for (const kernel of HEAD_KERNELS)
      chosen[kernel] = await fastest(variantsWithin(kernel, gpu.limits), (variant, runs) =>
        timeRuns(gpu, runs, () => calls[kernel]({ ...head, variants: everyKernel(variant) })),
      )
    return formatChoice(chosen)
  })
}

/** Milliseconds of some runs in a row. */
async function timeRuns(gpu: Gpu, runs: number, run: () => Promise<void>): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < runs; i++) await run()
  await gpu.device.queue.onSubmittedWorkDone()
  return performance.now() - start
}

/**
 * The candidate whose runs are fastest, the first unless another is worthwhile.
 * @param candidates the default first
 * @param time milliseconds of so many runs of a candidate in a row
 */
export async function fastest<T>(
  candidates: readonly T[],
  time: (candidate: T, runs: number) => Promise<number>,
): Promise<T> {
  let spent = 0
  let best = candidates[0]
  // What a candidate has to stay below to be chosen.
  let bar = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    if (spent > BUDGET_MILLISECONDS) break
    // The first run compiles.
    await time(candidate, 1)
    const once = await time(candidate, 1)
    const runs = Math.min(MOST_RUNS, Math.max(1, Math.ceil(BATCH_MILLISECONDS / once)))
    const batches = [await time(candidate, runs), await time(candidate, runs)]
    spent += once + batches[0] + batches[1]
    const perRun = Math.min(...batches) / runs
    if (perRun >= bar) continue
    best = candidate
    bar = candidate === candidates[0] ? perRun * WORTHWHILE : perRun
  }
  return best
}
